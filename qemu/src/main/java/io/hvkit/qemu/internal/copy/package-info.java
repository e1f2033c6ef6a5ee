/** Copies of disks in this process: threads, direct access, encryption sector by sector. Knows files and keys, no images. */
@NullMarked
package io.hvkit.qemu.internal.copy;

import org.jspecify.annotations.NullMarked;
