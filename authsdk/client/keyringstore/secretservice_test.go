//go:build linux

package keyringstore_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// realVariable is set for the process that has a keyring of its own.
const realVariable = "AUTHSDK_TEST_KEYRING"

// busConfig is a session bus that starts no services by itself: that of the system
// would start a second, locked keyring for a call that comes before ours is ready.
const busConfig = `<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>`

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
	config := filepath.Join(home, "bus.conf")
	if err := os.WriteFile(config, []byte(busConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	bus := exec.CommandContext(t.Context(), "dbus-daemon", "--config-file="+config, "--nofork", "--print-address")
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
	address = strings.TrimSpace(address)
	env = append(env, "DBUS_SESSION_BUS_ADDRESS="+address)
	daemon := exec.CommandContext(t.Context(), "gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock")
	daemon.Env, daemon.Stdin = env, strings.NewReader("the password of the keyring")
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = daemon.Process.Kill(), daemon.Wait() })
	waitUnlocked(t, address)
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

// waitUnlocked waits until the keyring has its default collection, and that is open.
func waitUnlocked(t *testing.T, address string) {
	t.Helper()
	conn, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		locked, err := conn.Object("org.freedesktop.secrets", "/org/freedesktop/secrets/aliases/default").
			GetProperty("org.freedesktop.Secret.Collection.Locked")
		if err == nil && locked.Value() == false {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("GNOME Keyring has no open collection after 30 s: Locked is %v, %v", locked, err)
		}
	}
}
