#include "_cgo_export.h"

int through_go(int n) { return GoTwice(n) + 2; }

int long_way(int n) {
	struct GoMany_return r = GoMany(n, 0);
	return r.r0 * 10 + r.r1;
}
