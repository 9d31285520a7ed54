// This file lets linked have no body on every platform.
