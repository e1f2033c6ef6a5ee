/** Tools, processes and resources. No API. */
@NullMarked
package io.hvkit.testkit.internal;

import org.jspecify.annotations.NullMarked;
