package terraform

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"merlon/compliance"
)

// What the functions give, from the examples in Terraform's language reference.
func TestFunctions(t *testing.T) {
	cases := [][2]string{
		{`abs(-12.4)`, `12.4`},
		{`ceil(5.1)`, `6`},
		{`parseint("FF", 16)`, `255`},
		{`pow(3, 2)`, `9`},
		{`signum(-13)`, `-1`},
		{`chomp("hello\r\n")`, `"hello"`},
		{`endswith("hello world", "world")`, `true`},
		{`startswith("hello world", "world")`, `false`},
		{`strcontains("hello world", "wor")`, `true`},
		{`formatlist("Hello, %s!", ["A", "B"])`, `["Hello, A!","Hello, B!"]`},
		{`indent(2, "a\nb")`, `"a\n  b"`},
		{`join("-", ["foo", "bar"])`, `"foo-bar"`},
		{`regexall("[a-z]+", "1234abcd5678efgh9")`, `["abcd","efgh"]`},
		{`replace("hello world", "/w.*d/", "everybody")`, `"hello everybody"`},
		{`replace("1 + 2 + 3", "+", "-")`, `"1 - 2 - 3"`},
		{`split(",", "foo,bar")`, `["foo","bar"]`},
		{`strrev("hello")`, `"olleh"`},
		{`substr("hello world", 1, 4)`, `"ello"`},
		{`title("hello world")`, `"Hello World"`},
		{`trim("?!hello?!", "!?")`, `"hello"`},
		{`trimprefix("helloworld", "hello")`, `"world"`},
		{`alltrue(["true", true])`, `true`},
		{`anytrue([])`, `false`},
		{`chunklist(["a", "b", "c"], 2)`, `[["a","b"],["c"]]`},
		{`coalesce("", "b")`, `"b"`},
		{`coalescelist([], ["c"])`, `["c"]`},
		{`compact(["a", "", null, "b"])`, `["a","b"]`},
		{`distinct(["a", "b", "a"])`, `["a","b"]`},
		{`element(["a", "b", "c"], 3)`, `"a"`},
		{`index(["a", "b", "c"], "b")`, `1`},
		{`keys({a = 1, c = 2})`, `["a","c"]`},
		{`length("hello")`, `5`},
		{`lookup({a = "ay"}, "c", "what?")`, `"what?"`},
		{`matchkeys(["i-123", "i-abc"], ["us-west", "us-east"], ["us-east"])`, `["i-abc"]`},
		{`merge({a = "b", c = "d"}, {c = "z"})`, `{"a":"b","c":"z"}`},
		{`one(["x"])`, `"x"`},
		{`range(1, 8, 2)`, `[1,3,5,7]`},
		{`reverse([1, 2])`, `[2,1]`},
		{`setintersection(["a", "b"], ["b", "c"])`, `["b"]`},
		{`setproduct(["d"], ["a1", "a2"])`, `[["d","a1"],["d","a2"]]`},
		{`setsubtract(["a", "b"], ["a"])`, `["b"]`},
		{`slice(["a", "b", "c"], 1, 2)`, `["b"]`},
		{`sort(["e", "d", "a"])`, `["a","d","e"]`},
		{`sum([10, 13, 6, 4.5])`, `33.5`},
		{`transpose({"a" = ["1x", "2x"], "b" = ["2x"]})`, `{"1x":["a"],"2x":["a","b"]}`},
		{`values({a = 3, c = 2})`, `[3,2]`},
		{`zipmap(["a", "b"], [1, 2])`, `{"a":1,"b":2}`},
		{`base64encode("Hello World")`, `"SGVsbG8gV29ybGQ="`},
		{`csvdecode("a,b\n1,x")[0].b`, `"x"`},
		{`textencodebase64("Hi", "UTF-16LE")`, `"SABpAA=="`},
		{`urlencode("Hello World!")`, `"Hello+World%21"`},
		{`yamldecode("hello: world")`, `{"hello":"world"}`},
		{`basename("foo/bar/baz.txt")`, `"baz.txt"`},
		{`dirname("foo/bar/baz.txt")`, `"foo/bar"`},
		{`formatdate("DD MMM YYYY hh:mm ZZZ", "2018-01-02T23:12:01Z")`, `"02 Jan 2018 23:12 UTC"`},
		{`timeadd("2017-11-22T00:00:00Z", "10m")`, `"2017-11-22T00:10:00Z"`},
		{`timecmp("2017-11-22T00:00:00Z", "2017-11-22T01:00:00Z")`, `-1`},
		{`base64sha256("hello world")`, `"uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="`},
		{`md5("hello world")`, `"5eb63bbbe01eeed093cb22bb8f5acdc3"`},
		{`sha1("hello world")`, `"2aae6c35c94fcfb415dbe95f408b9ce91ee846ed"`},
		{`uuidv5("dns", "www.terraform.io")`, `"a5008fae-b28c-5ba5-96cd-82b4c53552d6"`},
		{`cidrhost("10.12.112.0/20", 16)`, `"10.12.112.16"`},
		{`cidrhost("10.12.112.0/20", -2)`, `"10.12.127.254"`},
		{`cidrnetmask("172.16.0.0/12")`, `"255.240.0.0"`},
		{`cidrsubnet("172.16.0.0/12", 4, 2)`, `"172.18.0.0/16"`},
		{`cidrsubnets("10.1.0.0/16", 4, 4, 8, 4)`, `["10.1.0.0/20","10.1.16.0/20","10.1.32.0/24","10.1.48.0/20"]`},
		{`can("x")`, `true`},
		{`issensitive(sensitive("a"))`, `true`},
		{`nonsensitive(sensitive("a"))`, `"a"`},
		{`tolist(["a", 1])`, `["a",1]`},
		{`tostring(12)`, `12`},
		{`tomap({a = 1})`, `{"a":1}`},
		{`try(tonumber("x"), "none")`, `"none"`},
		{`templatestring("hi $${n}", { n = "you" })`, `"hi you"`},
		{`core::upper("a")`, `"A"`},
		{`max([1, 3]...)`, `3`},
		{`[for i, x in ["a", "b"] : "${i}${x}" if x != "a"]`, `["1b"]`},
		{`{ for x in ["a", "b", "a"] : x => 1... }`, `{"a":[1,1],"b":[1]}`},
		{`!true || 1 + 2 * 3 == 7 && 7 % 4 > 2`, `true`},
		{`"%{ if true }yes%{ else }no%{ endif }"`, `"yes"`},
		{`[{a = [{b = 1}]}][*].a[*].b`, `[[1]]`},
		{`null != "a" ? [1][0] : 2`, `1`},
	}
	var tree strings.Builder
	tree.WriteString("-- x.tf --\nresource \"a_b\" \"x\" {\n")
	for i, c := range cases {
		fmt.Fprintf(&tree, "  v%d = %s\n", i, c[0])
	}
	tree.WriteString("}\n")
	d := scanText(t, tree.String())
	for i, c := range cases {
		v, ok := d.Value(compliance.Path{"a_b", "a_b.x", fmt.Sprintf("v%d", i)})
		if got, _ := json.Marshal(v); !ok || string(got) != c[1] {
			t.Errorf("%s = %s, want %s", c[0], got, c[1])
		}
	}
	if t.Failed() {
		for _, u := range d.Unknowns() {
			t.Log(u.Path, u.Cause)
		}
	}
}
