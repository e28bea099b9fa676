package inventory

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"
	"strings"
)

// withPort is a host entry with a port, or an IPv6 address in brackets with one.
var (
	bracketedPort = regexp.MustCompile(`^\[(.+)\]:([0-9]+)$`)
	withPort      = regexp.MustCompile(`^((?:[^:\[\]]|\[[^\]]*\])+):([0-9]+)$`)
)

// expandEntry reads one entry of hosts: a name, perhaps with ranges in it and a
// port behind it. It returns at most limit names.
func expandEntry(entry string, limit int) (names []string, port string, err error) {
	name := entry
	for _, form := range []*regexp.Regexp{bracketedPort, withPort} {
		if m := form.FindStringSubmatch(entry); m != nil {
			name, port = m[1], m[2]
			break
		}
	}
	if net.ParseIP(name) != nil {
		return []string{name}, port, nil
	}
	if strings.HasSuffix(name, ":") {
		return nil, "", errors.New("there is no port behind its colon")
	}
	names, err = expandRanges(name, limit)
	return names, port, err
}

// expandRanges expands "db[01:10:3]-[a:c]". A first bound with a leading zero
// sets the width; bounds are included.
func expandRanges(pattern string, limit int) ([]string, error) {
	names := []string{""}
	for {
		head, rest, found := strings.Cut(pattern, "[")
		var items []string
		if found {
			inside, tail, closed := strings.Cut(rest, "]")
			if !closed {
				return nil, errors.New("a bracket is not closed")
			}
			var err error
			if items, err = expandRange(inside, limit); err != nil {
				return nil, err
			}
			pattern = tail
		} else {
			items = []string{""}
		}
		if len(names)*len(items) > limit {
			return nil, tooMany()
		}
		next := make([]string, 0, len(names)*len(items))
		for _, name := range names {
			for _, item := range items {
				next = append(next, name+head+item)
			}
		}
		names = next
		if !found {
			return names, nil
		}
	}
}

func tooMany() error {
	return fmt.Errorf("the inventory would have more than %d hosts", maxHosts)
}

// expandRange expands "begin:end[:step]".
func expandRange(bounds string, limit int) ([]string, error) {
	parts := strings.Split(bounds, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return nil, fmt.Errorf("[%s] is no range; write [begin:end] or [begin:end:step]", bounds)
	}
	begin, end, step := parts[0], parts[1], 1
	if begin == "" {
		begin = "0"
	}
	if len(parts) == 3 {
		var err error
		if step, err = strconv.Atoi(parts[2]); err != nil || step < 1 {
			return nil, fmt.Errorf("the step of [%s] is no number above 0", bounds)
		}
	}
	from, err1 := strconv.Atoi(begin)
	to, err2 := strconv.Atoi(end)
	show := strconv.Itoa
	switch {
	case letterIndex(begin) >= 0 && letterIndex(end) >= 0:
		from, to = letterIndex(begin), letterIndex(end)
		show = func(i int) string { return letters[i : i+1] }
	case err1 != nil || err2 != nil || from < 0 || to < 0:
		return nil, fmt.Errorf("the bounds of [%s] are neither two numbers nor two letters", bounds)
	case len(begin) > 1 && begin[0] == '0':
		if len(begin) != len(end) {
			return nil, fmt.Errorf("the bounds of [%s] have leading zeros and different lengths", bounds)
		}
		show = func(i int) string { return fmt.Sprintf("%0*d", len(begin), i) }
	}
	if from > to {
		return nil, fmt.Errorf("[%s] begins behind its end", bounds)
	}
	if (to-from)/step >= limit {
		return nil, tooMany()
	}
	var items []string
	for i := from; i <= to; i += step {
		items = append(items, show(i))
		if i > to-step {
			break // i + step could overflow
		}
	}
	return items, nil
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// letterIndex returns -1 for anything but one ASCII letter.
func letterIndex(s string) int {
	if len(s) != 1 {
		return -1
	}
	return strings.Index(letters, s)
}
