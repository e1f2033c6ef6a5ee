package io.hvkit.kvm.internal.libvirt;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What libvirt measured of domains in one call. Freed by closing it, with the domains in it. */
public final class Measurements implements AutoCloseable {

    // virDomainStatsTypes: state, cpu, balloon, vcpu, interface, block
    private static final int KINDS = 1 | 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5;

    /** A domain whose QEMU does not answer, or is busy, has what libvirt knows without asking it. */
    private static final int WITHOUT_WAITING = 1 << 29;

    // virDomainStatsRecord: domain, parameters, int count
    private static final int PARAMETERS = Native.POINTER_SIZE;
    private static final int COUNT = 2 * Native.POINTER_SIZE;

    /**
     * What was measured of one domain.
     *
     * @param domain the domain; closing it is not the caller's
     * @param values what was measured, under libvirt's names
     */
    public record Measured(LibvirtDomain domain, TypedValues values) {}

    private final LibvirtLibrary library;
    private final @Nullable Pointer records;
    private final int count;

    private Measurements(LibvirtLibrary library, @Nullable Pointer records, int count) {
        this.library = library;
        this.records = records;
        this.count = count;
    }

    static Measurements ofAll(LibvirtLibrary library, Pointer connection) throws LibvirtException {
        PointerByReference records = new PointerByReference();
        int count = library.virConnectGetAllDomainStats(connection, KINDS, records, WITHOUT_WAITING);
        return checked(library, records.getValue(), count);
    }

    static Measurements of(LibvirtLibrary library, Pointer domain) throws LibvirtException {
        PointerByReference records = new PointerByReference();
        try (Memory list = new Memory(2L * Native.POINTER_SIZE)) {
            list.clear(); // the list ends with a null
            list.setPointer(0, domain);
            int count = library.virDomainListGetStats(list, KINDS, records, WITHOUT_WAITING);
            return checked(library, records.getValue(), count);
        }
    }

    private static Measurements checked(LibvirtLibrary library, @Nullable Pointer records, int count)
            throws LibvirtException {
        if (count < 0) {
            throw LibvirtException.last(library);
        }
        return new Measurements(library, records, count);
    }

    /** Returns what was measured; a domain that ended meanwhile is left out. */
    public List<Measured> all() {
        return records == null
                ? List.of()
                : Stream.of(records.getPointerArray(0, count))
                        .map(record -> new Measured(
                                new LibvirtDomain(library, record.getPointer(0)),
                                TypedValues.read(record.getPointer(PARAMETERS), record.getInt(COUNT))))
                        .toList();
    }

    @Override
    public void close() {
        if (records != null) {
            library.virDomainStatsRecordListFree(records);
        }
    }
}
