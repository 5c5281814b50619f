//go:build linux

package keyringstore_test

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// realVariable is set for the process that has a keyring of its own.
const realVariable = "AUTHSDK_TEST_KEYRING"

// TestSecretService runs the tests above again with GNOME Keyring on a bus of its
// own, where both are installed.
func TestSecretService(t *testing.T) {
	if os.Getenv(realVariable) != "" {
		t.Skip("this is that run")
	}
	for _, name := range []string{"dbus-daemon", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(name); err != nil {
			if os.Getenv("AUTHSDK_TEST_REQUIRE") != "" {
				t.Fatalf("%s is missing, and AUTHSDK_TEST_REQUIRE is set", name)
			}
			t.Skipf("%s is missing", name)
		}
	}
	home := t.TempDir()
	env := append(os.Environ(), "HOME="+home, "XDG_DATA_HOME="+home, "XDG_RUNTIME_DIR="+home, realVariable+"=1")
	bus := exec.CommandContext(t.Context(), "dbus-daemon", "--session", "--nofork", "--print-address")
	bus.Env = env
	out, err := bus.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := bus.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = bus.Process.Kill(), bus.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	env = append(env, "DBUS_SESSION_BUS_ADDRESS="+strings.TrimSpace(address))
	daemon := exec.CommandContext(t.Context(), "gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock")
	daemon.Env, daemon.Stdin = env, strings.NewReader("the password of the keyring")
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = daemon.Process.Kill(), daemon.Wait() })
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	again := exec.CommandContext(t.Context(), program, "-test.v", "-test.count=1")
	again.Env = env
	if out, err := again.CombinedOutput(); err != nil || strings.Count(string(out), "--- PASS") < 6 {
		t.Errorf("with GNOME Keyring: %v: %s", err, out)
	}
}
