/** Qcow2 images, written without a program. Not API. */
@NullMarked
package io.hvkit.qemu.internal.qcow2;

import org.jspecify.annotations.NullMarked;
