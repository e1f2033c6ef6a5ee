/** libvirt's descriptions of machines and keys, written and read. */
@NullMarked
package io.hvkit.kvm.internal.xml;

import org.jspecify.annotations.NullMarked;
