/** LUKS1 headers, written and tried with Java's own cryptography. Not API. */
@NullMarked
package io.hvkit.qemu.internal.luks;

import org.jspecify.annotations.NullMarked;
