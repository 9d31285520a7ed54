// Package c imports nothing.
package c

// Number is printed.
const Number = 1
