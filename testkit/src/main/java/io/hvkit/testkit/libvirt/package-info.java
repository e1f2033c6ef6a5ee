/** Private libvirt hosts that never touch the machine's own. */
@NullMarked
package io.hvkit.testkit.libvirt;

import org.jspecify.annotations.NullMarked;
