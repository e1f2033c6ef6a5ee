/** The only user of libvirt: its client library, its event loop, its errors. */
@NullMarked
package io.hvkit.kvm.internal.libvirt;

import org.jspecify.annotations.NullMarked;
