/** Benchmarks: ours and the plain way in turn, beside the limit of the machine. Not deployed, and no API. */
@NullMarked
package io.hvkit.benchmarks;

import org.jspecify.annotations.NullMarked;
