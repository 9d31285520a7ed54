package converge

import "strings"

// Rule replaces each value of an attribute that its pattern matches by With.
type Rule struct{ Key, Pattern, With string }

// Rules are tried in order.
type Rules []Rule

// maxRules bounds the number of rules.
const maxRules = 100

// ParseRules reads rules in the syntax of GOAGENT_CONVERGE: key:pattern=>value, separated by
// semicolons. In a pattern "*" matches anything up to the next "/", and "**" matches anything. It
// returns the first invalid rule, or "".
func ParseRules(text string) (rules Rules, bad string) {
	for _, item := range strings.Split(text, ";") {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		colon, arrow := strings.IndexByte(item, ':'), strings.Index(item, "=>")
		if colon <= 0 || arrow <= colon+1 || len(rules) >= maxRules {
			return nil, item
		}
		rules = append(rules, Rule{strings.TrimSpace(item[:colon]), strings.TrimSpace(item[colon+1 : arrow]),
			strings.TrimSpace(item[arrow+2:])})
	}
	return rules, ""
}

// Apply returns the replacement by the first rule that matches, and whether there is one.
func (r Rules) Apply(key, value string) (string, bool) {
	for i := range r {
		if r[i].Key == key && match(r[i].Pattern, value) {
			return r[i].With, true
		}
	}
	return value, false
}

// maxMatched bounds the length of values that are compared with patterns, in bytes.
const maxMatched = 1024

// match goes back only to the last star of each kind: its work is bounded by the length of the
// pattern and the square of the value's length, the latter only if both kinds of stars occur
// together.
func match(pattern, s string) bool {
	if len(s) > maxMatched {
		return false
	}
	type mark struct{ p, s int }
	star, doubleStar := mark{-1, 0}, mark{-1, 0}
	p, i := 0, 0
	for i < len(s) || p < len(pattern) {
		switch {
		case p+1 < len(pattern) && pattern[p] == '*' && pattern[p+1] == '*':
			doubleStar, star = mark{p, i}, mark{-1, 0}
			p += 2
			continue
		case p < len(pattern) && pattern[p] == '*':
			star = mark{p, i}
			p++
			continue
		case p < len(pattern) && i < len(s) && pattern[p] == s[i]:
			p++
			i++
			continue
		case star.p >= 0 && star.s < len(s) && s[star.s] != '/':
			star.s++
			p, i = star.p+1, star.s
			continue
		case doubleStar.p >= 0 && doubleStar.s < len(s):
			doubleStar.s++
			star = mark{-1, 0}
			p, i = doubleStar.p+2, doubleStar.s
			continue
		}
		return false
	}
	return true
}
