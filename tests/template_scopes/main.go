// Command template_scopes reads Go files, separated by NUL bytes, from standard input, and prints for each the byte
// offsets of the names before a dot that no declaration of the file is meant by, then, after a bar, of all names that a
// declaration at the top of the file is meant by, separated by spaces, one line a file; "invalid" if it is not valid Go.
// Go's own parser resolves the names.
package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"log"
	"os"
	"sort"
)

func main() {
	input, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	for _, text := range bytes.Split(input, []byte{0}) {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, "", text, 0)
		if err != nil {
			fmt.Println("invalid")
			continue
		}
		unresolved := map[*ast.Ident]bool{}
		for _, name := range file.Unresolved {
			unresolved[name] = true
		}
		var offsets, own []int
		ast.Inspect(file, func(node ast.Node) bool {
			if name, ok := node.(*ast.Ident); ok && name.Obj != nil && file.Scope.Lookup(name.Name) == name.Obj {
				own = append(own, files.Position(name.Pos()).Offset)
			}
			if selector, ok := node.(*ast.SelectorExpr); ok {
				if name, ok := selector.X.(*ast.Ident); ok && unresolved[name] {
					offsets = append(offsets, files.Position(name.Pos()).Offset)
				}
			}
			return true
		})
		sort.Ints(offsets)
		sort.Ints(own)
		for _, offset := range offsets {
			fmt.Print(offset, " ")
		}
		fmt.Print("| ")
		for _, offset := range own {
			fmt.Print(offset, " ")
		}
		fmt.Println()
	}
}
