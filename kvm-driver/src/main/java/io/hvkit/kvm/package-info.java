/** KVM through libvirt, and pools that are directories. Start reading at {@link io.hvkit.kvm.KvmDriver}. */
@NullMarked
package io.hvkit.kvm;

import org.jspecify.annotations.NullMarked;
