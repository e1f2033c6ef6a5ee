/**
 * Images and their encryption, made and changed with qemu-img and cryptsetup. Formats are always stated, keys never touch a
 * disk, an environment or a command line, and what fails leaves nothing behind that looks like an image.
 */
@NullMarked
package io.hvkit.qemu;

import org.jspecify.annotations.NullMarked;
