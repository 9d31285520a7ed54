// Command positions holds woven files against their originals.
//
// In, on standard input: a line for each file, the original's path, a tab, the woven file's path. Out: a line for each
// finding, `moved`, `far`, `lost`, `broken` or `unwoven`, and last the totals. The woven file has to have all tokens of the
// original, comments too, in order, each at the file, line and column where the original has it by the rules of line
// directives; and the compiler, which keeps no column beyond 255 of the physical line, has to see the same column.
package main

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"os"
	"strconv"
	"strings"
)

// place is one token and where it is.
type place struct {
	tok  token.Token
	text string
	// By the rules of line directives.
	file         string
	line, column int
	// The column that the compiler sees.
	compiled int
}

// base is where the last line directive took effect, and what it said.
type base struct{ physicalLine, physicalColumn, column int }

func (b base) compiled(physical token.Position) int {
	switch {
	case b.column == 0:
		return 0
	case physical.Line == b.physicalLine:
		return b.column + kept(physical.Column) - kept(b.physicalColumn)
	}
	return kept(physical.Column)
}

// kept is what 8 bits keep of a column.
func kept(column int) int {
	if column > 255 {
		return 255
	}
	return column
}

func scan(path string, source []byte) []place {
	set := token.NewFileSet()
	file := set.AddFile(path, -1, len(source))
	var s scanner.Scanner
	s.Init(file, source, nil, scanner.ScanComments)
	now := base{1, 1, 1}
	var out []place
	for {
		pos, tok, text := s.Scan()
		if tok == token.EOF {
			return out
		}
		if tok == token.SEMICOLON && text != ";" {
			continue // put in by the scanner
		}
		physical, adjusted := set.PositionFor(pos, false), set.PositionFor(pos, true)
		out = append(out, place{tok, text, adjusted.Filename, adjusted.Line, adjusted.Column, now.compiled(physical)})
		if tok == token.COMMENT {
			now = after(now, text, physical)
		}
	}
}

// after gives the base behind a comment.
func after(now base, text string, at token.Position) base {
	var argument string
	switch {
	case strings.HasPrefix(text, "//line ") && at.Column == 1:
		argument = strings.TrimSuffix(text[len("//line "):], "\r")
		at.Line, at.Column = at.Line+1, 1
	case strings.HasPrefix(text, "/*line "):
		argument = strings.TrimSuffix(text[len("/*line "):], "*/")
		at.Column += len(text)
	default:
		return now
	}
	rest, last, ok := trailing(argument)
	if !ok {
		return now
	}
	if _, _, ok := trailing(rest); ok {
		return base{at.Line, at.Column, last}
	}
	return base{at.Line, at.Column, 0}
}

func trailing(text string) (string, int, bool) {
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return text, 0, false
	}
	n, err := strconv.Atoi(text[i+1:])
	return text[:i], n, err == nil && n > 0
}

// compare walks through both files; every token of the original has to come up again.
func compare(path string, original, woven []place) {
	at := 0
	for _, want := range original {
		moved := ""
		for at < len(woven) && woven[at].key() != want.key() {
			if woven[at].tok == want.tok && woven[at].text == want.text && moved == "" {
				moved = fmt.Sprintf("%s:%d:%d", woven[at].file, woven[at].line, woven[at].column)
			}
			at++
		}
		if at == len(woven) {
			fmt.Printf("moved\t%s:%d:%d\t%q perhaps at %s\n", path, want.line, want.column, want.text, moved)
			return
		}
		if got := woven[at].compiled; got != want.compiled && want.column <= 255 && want.compiled != 0 {
			fmt.Printf("far\t%s:%d:%d\t%q is at column %d to the compiler\n", path, want.line, want.column, want.text, got)
		}
		at++
	}
}

func (p place) key() string {
	return fmt.Sprint(p.tok, p.text, p.file, p.line, p.column)
}

// functions gives all functions with bodies of a file, in order.
func functions(path string, source []byte) ([]*ast.FuncDecl, *token.FileSet, error) {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, set, err
	}
	var out []*ast.FuncDecl
	for _, decl := range file.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Body != nil && !strings.HasPrefix(f.Name.Name, "goagent_") {
			out = append(out, f)
		}
	}
	return out, set, nil
}

// hooked tells whether a function begins with enter and a deferred exit.
func hooked(f *ast.FuncDecl) bool {
	if len(f.Body.List) < 2 {
		return false
	}
	enter, ok := f.Body.List[0].(*ast.ExprStmt)
	exit, deferred := f.Body.List[1].(*ast.DeferStmt)
	if !ok || !deferred {
		return false
	}
	call, ok := enter.X.(*ast.CallExpr)
	return ok && calls(call, "goagent_enter_") && calls(exit.Call, "goagent_exit_")
}

func calls(call *ast.CallExpr, prefix string) bool {
	name, ok := call.Fun.(*ast.Ident)
	return ok && strings.HasPrefix(name.Name, prefix)
}

func main() {
	files, tokens, total, woven := 0, 0, 0, 0
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		paths := strings.Split(lines.Text(), "\t")
		original, err := os.ReadFile(paths[0])
		if err != nil {
			fmt.Println("lost\t" + err.Error())
			continue
		}
		after, err := os.ReadFile(paths[1])
		if err != nil {
			fmt.Println("lost\t" + err.Error())
			continue
		}
		files++
		places := scan(paths[0], original)
		tokens += len(places)
		compare(paths[0], places, scan(paths[1], after))
		before, set, err := functions(paths[0], original)
		if err != nil {
			continue // no Go before either
		}
		now, _, err := functions(paths[1], after)
		if err != nil || len(now) != len(before) {
			fmt.Printf("broken\t%s\t%v\n", paths[0], err)
			continue
		}
		for i, f := range before {
			total++
			if hooked(now[i]) {
				woven++
			} else {
				fmt.Printf("unwoven\t%s\t%d\t%s\n", paths[0], set.PositionFor(f.Pos(), false).Line, f.Name.Name)
			}
		}
	}
	fmt.Printf("total\t%d files\t%d tokens\t%d of %d functions\n", files, tokens, woven, total)
}
