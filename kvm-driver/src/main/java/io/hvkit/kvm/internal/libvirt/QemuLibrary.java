package io.hvkit.kvm.internal.libvirt;

import com.sun.jna.Library;
import com.sun.jna.Pointer;
import org.jspecify.annotations.Nullable;

/** The one function that this driver calls of libvirt's second client library, which is for QEMU alone. Text is UTF-8. */
interface QemuLibrary extends Library {

    @Nullable
    Pointer virDomainQemuAgentCommand(Pointer domain, String command, int seconds, int flags);
}
