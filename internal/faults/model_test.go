//go:build linux

package faults_test

import (
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/authsdk/authsdk-go/authsdk/session"
)

// TestModel sees the checker refuse what must not happen.
func TestModel(t *testing.T) {
	t.Parallel()
	type step struct {
		question

		reply     reply
		call, end int64
	}
	later := time.Hour.Nanoseconds()
	for name, tt := range map[string]struct {
		steps []step
		want  porcupine.CheckResult
	}{
		"one after another": {[]step{
			{question{what: "rotate"}, reply{verdict: session.VerdictRotated, generation: 1}, 0, 1},
			{question{what: "rotate"}, reply{verdict: session.VerdictReplayed, generation: 1}, 2, 3},
			{question{what: "revoke"}, reply{}, 4, 5},
			{question{what: "verify"}, reply{generation: 1}, 6, 7},
		}, porcupine.Ok},
		"two winners": {[]step{
			{question{what: "rotate"}, reply{verdict: session.VerdictRotated, generation: 1}, 0, 10},
			{question{what: "rotate"}, reply{verdict: session.VerdictRotated, generation: 1}, 0, 10},
		}, porcupine.Illegal},
		"good after a revocation": {[]step{
			{question{what: "revoke"}, reply{}, 0, 1},
			{question{what: "verify"}, reply{live: true}, 2, 3},
		}, porcupine.Illegal},
		"good beside a revocation": {[]step{
			{question{what: "revoke"}, reply{}, 0, 3},
			{question{what: "verify"}, reply{live: true}, 1, 2},
		}, porcupine.Ok},
		"a refresh that was forgotten": {[]step{
			{question{what: "rotate"}, reply{verdict: session.VerdictRotated, generation: 1}, 0, 1},
			{question{what: "verify"}, reply{live: true}, 2, 3},
		}, porcupine.Illegal},
		"no answer, and it happened": {[]step{
			{question{what: "rotate"}, reply{unknown: true}, 0, later},
			{question{what: "verify"}, reply{live: true, generation: 1}, 2, 3},
		}, porcupine.Ok},
		"no answer, and it did not": {[]step{
			{question{what: "rotate"}, reply{unknown: true}, 0, later},
			{question{what: "verify"}, reply{live: true}, 2, 3},
		}, porcupine.Ok},
		"refused without a reason": {[]step{
			{question{what: "rotate"}, reply{verdict: session.VerdictRefused}, 0, 1},
		}, porcupine.Illegal},
	} {
		var history []porcupine.Operation
		for i, s := range tt.steps {
			history = append(history, porcupine.Operation{ClientId: i, Input: s.question, Output: s.reply, Call: s.call, Return: s.end})
		}
		if got := porcupine.CheckOperationsTimeout(sessions(), history, time.Minute); got != tt.want {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}
