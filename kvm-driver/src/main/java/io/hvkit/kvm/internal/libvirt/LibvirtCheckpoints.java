package io.hvkit.kvm.internal.libvirt;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The checkpoints of a domain; valid as long as the domain is. */
public final class LibvirtCheckpoints {

    private static final int REDEFINE = 1;
    private static final int PARENTS_FIRST = 2;
    private static final int WITHOUT_DOMAIN_XML = 2;
    private static final int SIZES_XML = 4;
    private static final int METADATA_ONLY = 2;

    private static final int MOST_LOOKS = 100;

    private final LibvirtLibrary library;
    private final Pointer domain;

    LibvirtCheckpoints(LibvirtLibrary library, Pointer domain) {
        this.library = library;
        this.domain = domain;
    }

    /** Begins a checkpoint; for all of its disks, or for none. */
    public void create(String xml) throws LibvirtException {
        create(xml, 0);
    }

    /** Makes libvirt know a checkpoint whose notes may be in the disks already; it does not look. */
    public void redefine(String xml) throws LibvirtException {
        create(xml, REDEFINE);
    }

    /** Returns the descriptions of all, each after the one before it; with the sizes of what changed, if the domain is active. */
    public List<String> descriptions(DomainState state) throws LibvirtException {
        PointerByReference array = new PointerByReference();
        int count = listed(array);
        try {
            List<String> descriptions = new ArrayList<>();
            for (Pointer each : array.getValue().getPointerArray(0, count)) {
                description(each, state).ifPresent(descriptions::add);
            }
            return descriptions;
        } finally {
            for (Pointer each : array.getValue().getPointerArray(0, count)) {
                library.virDomainCheckpointFree(each);
            }
            Native.free(Pointer.nativeValue(array.getValue()));
        }
    }

    /** libvirt lists names and looks each up afterwards; one that went between makes it fail as a whole. */
    private int listed(PointerByReference array) throws LibvirtException {
        for (int look = 1; ; look++) {
            int count = library.virDomainListAllCheckpoints(domain, array, PARENTS_FIRST);
            if (count >= 0) {
                return count;
            }
            LibvirtException why = LibvirtException.last(library);
            if (look == MOST_LOOKS || !why.saysTornList()) {
                throw why;
            }
        }
    }

    /** Removes a checkpoint and its notes in the disks; false if there is none. */
    public boolean delete(String name) throws LibvirtException {
        return delete(name, 0);
    }

    /** Makes libvirt forget a checkpoint; notes in disks stay. */
    public void forget(String name) throws LibvirtException {
        boolean unused = delete(name, METADATA_ONLY);
    }

    private void create(String xml, int flags) throws LibvirtException {
        Pointer made = library.virDomainCheckpointCreateXML(domain, xml, flags);
        if (made == null) {
            throw LibvirtException.last(library);
        }
        library.virDomainCheckpointFree(made);
    }

    private boolean delete(String name, int flags) throws LibvirtException {
        Pointer found = library.virDomainCheckpointLookupByName(domain, name, 0);
        if (found == null) {
            LibvirtException why = LibvirtException.last(library);
            if (why.saysNoCheckpoint()) {
                return false;
            }
            throw why;
        }
        try {
            if (library.virDomainCheckpointDelete(found, flags) < 0) {
                throw LibvirtException.last(library);
            }
            return true;
        } finally {
            library.virDomainCheckpointFree(found);
        }
    }

    private Optional<String> description(Pointer checkpoint, DomainState state) throws LibvirtException {
        int flags = WITHOUT_DOMAIN_XML | (state.isActive() ? SIZES_XML : 0);
        Pointer text = library.virDomainCheckpointGetXMLDesc(checkpoint, flags);
        if (text == null) {
            LibvirtException why = LibvirtException.last(library);
            if (why.saysNoCheckpoint()) {
                return Optional.empty(); // somebody removed it meanwhile
            }
            throw why;
        }
        return Optional.of(Libvirt.taken(text));
    }
}
