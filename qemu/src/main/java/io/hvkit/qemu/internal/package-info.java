/** What Java itself cannot ask of Linux. Not API. */
@NullMarked
package io.hvkit.qemu.internal;

import org.jspecify.annotations.NullMarked;
