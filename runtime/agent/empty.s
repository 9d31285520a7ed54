// This file lets the package declare functions without a body: they are the
// woven runtime's, see gls.go.
