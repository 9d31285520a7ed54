//go:build extra

package fetch

func init() { panic("the tag is set") }
