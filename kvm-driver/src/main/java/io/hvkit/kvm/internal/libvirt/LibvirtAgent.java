package io.hvkit.kvm.internal.libvirt;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import java.util.Map;

/** The agent in the guest of a domain; valid as long as the domain is. */
public final class LibvirtAgent {

    private static final int GUEST_KINDS = 1 << 1 | 1 << 3 | 1 << 6; // system, name, interfaces
    private static final int GUEST_FILE_SYSTEMS = 1 << 4;

    private final LibvirtLibrary library;
    private final Pointer domain;

    LibvirtAgent(LibvirtLibrary library, Pointer domain) {
        this.library = library;
        this.domain = domain;
    }

    /**
     * Sends it a command of its protocol, and returns what it answers. libvirt takes note that such a command was
     * sent ("tainted").
     *
     * @param seconds how long the answer may take, after five seconds in which the agent must show that it lives
     */
    public String ask(String command, int seconds) throws LibvirtException {
        Pointer answer = Libvirt.forQemu().virDomainQemuAgentCommand(domain, command, seconds, 0);
        if (answer == null) {
            throw LibvirtException.last(library);
        }
        return Libvirt.taken(answer);
    }

    /**
     * Returns what it says of the guest's name, system and network interfaces.
     *
     * @param seconds how long each answer may take; from now on that holds for all that libvirt itself asks this agent
     */
    public TypedValues facts(int seconds) throws LibvirtException {
        return info(GUEST_KINDS, seconds);
    }

    /** Returns what it says of the file systems that the guest has on disks; the same holds for the time. */
    public TypedValues fileSystems(int seconds) throws LibvirtException {
        return info(GUEST_FILE_SYSTEMS, seconds);
    }

    private TypedValues info(int kinds, int seconds) throws LibvirtException {
        check(library.virDomainAgentSetResponseTimeout(domain, seconds, 0));
        PointerByReference parameters = new PointerByReference();
        IntByReference count = new IntByReference();
        check(library.virDomainGetGuestInfo(domain, kinds, parameters, count, 0));
        try {
            return parameters.getValue() == null
                    ? TypedValues.of(Map.of(), Map.of())
                    : TypedValues.read(parameters.getValue(), count.getValue());
        } finally {
            library.virTypedParamsFree(parameters.getValue(), count.getValue());
        }
    }

    private int check(int result) throws LibvirtException {
        if (result < 0) {
            throw LibvirtException.last(library);
        }
        return result;
    }
}
