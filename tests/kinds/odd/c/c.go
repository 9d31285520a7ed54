// Package c has a file with import "C", and C that calls Go.
package c

/*
#include <errno.h>
#include <stdlib.h>
typedef struct { int x, y; } point;
typedef int (*operation)(int, void *);
static int add(int a, int b) { return a + b; }
static point at(int x, int y) { point p = { x, y }; return p; }
static int fails(int code) { errno = code; return -1; }
int through_go(int n);
int long_way(int n);
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// Use calls all of them.
func Use() string {
	p := at(3, 4)
	_, err := fails(2)
	return fmt.Sprint(add(1, 2), Plain(1), p.x, p.y, err, Length("four"), int(C.through_go(20)), int(C.long_way(5)))
}

func add(a, b C.int) C.int { return C.add(a, b) }

func at(x, y C.int) C.point { return C.at(x, y) }

func fails(code C.int) (n C.int, err error) {
	n, err = C.fails(code)
	return
}

// Length lets C see a copy.
func Length(s string) int {
	text := C.CString(s)
	defer C.free(unsafe.Pointer(text))
	return len(C.GoString(text))
}

//export GoTwice
func GoTwice(n C.int) C.int { return 2 * n }

//export GoMany
func GoMany(n C.int, _ *C.char) (C.int, C.int) { return n, n + 1 }
