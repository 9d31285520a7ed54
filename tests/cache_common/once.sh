#!/bin/sh
# Stands before each tool as a user's own -toolexec: disturbs the first compile of the program's package a.
case $* in
*-V=full*) ;;
*"-p example.com/probe/a "*)
  if mkdir "$GOAGENT_TEST_ONCE" 2>/dev/null; then eval "$GOAGENT_TEST_HOW"; fi
  ;;
esac
exec "$@"
