package main

import (
	"os"

	"golang.org/x/term"
)

// The colours of a terminal, ECMA-48 section 8.3.117.
const (
	bold  = "1"
	red   = "31"
	green = "32"
)

// painter returns what colours text, or leaves it as it is where nobody sees
// colours: in a file, a pipe, or with NO_COLOR (https://no-color.org).
func painter(c console) func(colour, text string) string {
	file, ok := c.out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || os.Getenv("NO_COLOR") != "" {
		return func(_, text string) string { return text }
	}
	return func(colour, text string) string { return "\x1b[" + colour + "m" + text + "\x1b[0m" }
}
