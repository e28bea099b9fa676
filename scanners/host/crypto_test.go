package host

import (
	"strings"
	"testing"
)

// policyRoot is a system whose crypto policy is DEFAULT, as Red Hat installs it; more is
// laid over it, "" takes a file away.
func policyRoot(t *testing.T, more map[string]string) string {
	t.Helper()
	const shipped = "usr/share/crypto-policies/"
	files := wholeImage(map[string]string{
		shipped + "DEFAULT/opensshserver.txt": "Ciphers aes256-ctr,aes128-ctr\nMACs hmac-sha2-256\nKexAlgorithms curve25519-sha256\nRequiredRSASize 2048\n",
		shipped + "DEFAULT/openssl.txt":       "@SECLEVEL=2\n",
		shipped + "DEFAULT/nss.txt":           "library=\n",
		shipped + "LEGACY/openssl.txt":        "@SECLEVEL=1\n",
		"etc/crypto-policies/config":          "DEFAULT\n",
		"etc/crypto-policies/state/current":   "DEFAULT\n",
		"etc/crypto-policies/state/CURRENT.pol": "# Policy DEFAULT dump\n#\n# Baseline values for all scopes:\ncipher = AES-256-GCM AES-256-CBC\ngroup = X25519\nhash = SHA2-256\nprotocol =\n" +
			"min_rsa_size = 2048\nsha1_in_certs = 0\nssh_certs = 1\n# Scope-specific properties derived for select backends:\ncipher@openssh-server = AES-256-GCM\n",
		"etc/crypto-policies/back-ends/opensshserver.config": "-> /usr/share/crypto-policies/DEFAULT/opensshserver.txt",
		"etc/crypto-policies/back-ends/openssl.config":       "-> /usr/share/crypto-policies/DEFAULT/openssl.txt",
		// p11-kit adds to this one.
		"etc/crypto-policies/back-ends/nss.config":       "library=\nname=p11-kit-proxy\n",
		"etc/crypto-policies/local.d/nss-p11-kit.config": "name=p11-kit-proxy\n",
	})
	for name, text := range more {
		if delete(files, name); text != "" {
			files[name] = text
		}
	}
	return image(t, files)
}

func TestCryptoPolicy(t *testing.T) {
	const (
		config  = "etc/crypto-policies/config"
		state   = "etc/crypto-policies/state/current"
		dump    = "etc/crypto-policies/state/CURRENT.pol"
		openssl = "etc/crypto-policies/back-ends/openssl.config"
		server  = "etc/crypto-policies/back-ends/opensshserver.config"
	)
	for _, test := range []struct {
		name    string
		more    map[string]string
		want    map[string]any
		unknown map[string]string // path to a part of the cause
	}{
		{"as it is installed", nil, map[string]any{
			"installed": true, "configured|policy": "DEFAULT", "configured|modules": list(), "applied|policy": "DEFAULT",
			"back_ends|openssl": "policy", "back_ends|opensshserver": "policy", "back_ends|nss": "made",
			"scopes|all|cipher": list("AES-256-GCM", "AES-256-CBC"), "scopes|all|protocol": list(), "scopes|all|min_rsa_size": 2048,
			"scopes|all|sha1_in_certs": 0, "scopes|openssh-server|cipher": list("AES-256-GCM"),
			"sshd|ciphers": list("aes256-ctr", "aes128-ctr"), "sshd|macs": list("hmac-sha2-256"),
		}, map[string]string{"fips_mode": "running"}},
		{"modules on one line, in lower case", map[string]string{config: "# ours\n default:no-sha1:Own  # why\n"},
			map[string]any{"configured|policy": "DEFAULT", "configured|modules": list("NO-SHA1", "OWN"), "applied|modules": list()}, nil},
		{"modules on lines of their own, no newline at the end", map[string]string{config: "FIPS\nOSPP\n:NO-SHA1"},
			map[string]any{"configured|policy": "FIPS", "configured|modules": list("OSPP", "NO-SHA1")}, nil},
		{"with a module every file is made", map[string]string{state: "DEFAULT:NO-SHA1\n", openssl: "@SECLEVEL=2\n"},
			map[string]any{"applied|modules": list("NO-SHA1"), "back_ends|openssl": "made", "back_ends|opensshserver": "other"}, nil},
		{"written by hand", map[string]string{openssl: "@SECLEVEL=0\n"}, map[string]any{"back_ends|openssl": "own"}, nil},
		{"linked to another policy", map[string]string{openssl: "-> /usr/share/crypto-policies/LEGACY/openssl.txt"},
			map[string]any{"back_ends|openssl": "other"}, nil},
		{"linked to nothing", map[string]string{openssl: "-> /usr/share/crypto-policies/GONE/openssl.txt"},
			map[string]any{"back_ends|openssl": "other"}, nil},
		{"a policy's name that leads elsewhere", map[string]string{state: "../../../etc\n"},
			map[string]any{"back_ends|openssl": "other"}, map[string]string{"applied": "no policy is named"}},
		{"nothing applied", map[string]string{state: "", dump: ""}, map[string]any{"configured|policy": "DEFAULT"},
			map[string]string{"applied": "no policy is named", "scopes": "update-crypto-policies writes it"}},
		{"a dump that is not one", map[string]string{dump: "min_rsa_size = many\ncipher@X@Y = A\nhash\nhash@ = MD5\n"},
			nil, map[string]string{"scopes|all|min_rsa_size": "not a number"}},
		{"of a keyword the first line counts", map[string]string{server: "ciphers=aes128-ctr\nCiphers 3des-cbc\nMACs\n"},
			map[string]any{"sshd|ciphers": list("aes128-ctr")}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := scanImage(t, policyRoot(t, test.more), "crypto")
			wantFacts(t, d, "crypto", test.want)
			for path, part := range test.unknown {
				if got := causeOf(d, append([]string{"crypto"}, strings.Split(path, "|")...)...); !strings.Contains(got, part) {
					t.Errorf("%s is unknown for %q, want %q", path, got, part)
				}
			}
		})
	}
}

// TestCryptoElsewhere reads systems without such policies.
func TestCryptoElsewhere(t *testing.T) {
	for facts, want := range map[string]bool{"fips 1": true, "fips 0": false, "": false} {
		d := scanFrames(t, "crypto", frame("crypto", "cmd", "facts", facts, "0"))
		wantFacts(t, d, "crypto", map[string]any{"installed": false, "fips_mode": want})
	}
}
