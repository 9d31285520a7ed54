#!/bin/sh
# Stands before each tool as a user's own -toolexec: notes what is compiled and what is linked.
package='' before=''
for a do
  [ "$before" = -p ] && package=$a
  before=$a
done
case $* in
*-V=full*) ;;
*)
  case $(basename "$1") in
  compile*) echo "$package" >>"$GOAGENT_TEST_LOG" ;;
  link*) echo LINK >>"$GOAGENT_TEST_LOG" ;;
  esac
  ;;
esac
exec "$@"
