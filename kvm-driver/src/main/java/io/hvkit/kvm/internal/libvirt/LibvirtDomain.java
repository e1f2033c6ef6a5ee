package io.hvkit.kvm.internal.libvirt;

import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** A domain on one connection; valid inside the call it was got in, and freed by closing it. Not for several threads. */
public final class LibvirtDomain implements AutoCloseable {

    private static final int CHECKPOINTS_TOO = 1 << 4;
    private static final int UUID_BYTES = 37;
    private static final int INACTIVE_XML = 2;
    private static final int METADATA_ELEMENT = 2;
    private static final int SECURE_XML = 1;
    private static final int SNAPSHOT_NO_METADATA = 4;
    private static final int SNAPSHOT_DISK_ONLY = 16;
    private static final int SNAPSHOT_REUSE_EXT = 32;
    private static final int SNAPSHOT_ATOMIC = 128;
    private static final int LIVE = 1;
    private static final int CONFIG = 2;
    private static final int UNDEFINE_NVRAM = 4;
    private static final int MIGRATABLE_XML = 8;
    private static final int PAUSED_FOR_MIGRATION = 2;
    private static final int PAUSED_WHILE_STARTING = 11;
    private static final int NOT_PAUSED = -1;
    private static final int PAUSED_ON_REQUEST = 1;
    private static final int PAUSED_FOR_POST_COPY = 12;
    private static final int PAUSED_AS_POST_COPY_FAILED = 13;
    private static final int JOB_BOUNDED = 1;
    private static final int JOB_UNBOUNDED = 2;

    private final LibvirtLibrary library;
    private final Pointer pointer;

    LibvirtDomain(LibvirtLibrary library, Pointer pointer) {
        this.library = library;
        this.pointer = pointer;
    }

    /** Returns its name. */
    public String name() throws LibvirtException {
        String name = library.virDomainGetName(pointer);
        if (name == null) {
            throw LibvirtException.last(library);
        }
        return name;
    }

    /** Returns the id that libvirt gave it; the next domain of that name has another one, unless the host remembers it. */
    public UUID id() throws LibvirtException {
        byte[] text = new byte[UUID_BYTES];
        check(library.virDomainGetUUIDString(pointer, text));
        return UUID.fromString(new String(text, 0, UUID_BYTES - 1, StandardCharsets.US_ASCII));
    }

    /** Returns its checkpoints. */
    public LibvirtCheckpoints checkpoints() {
        return new LibvirtCheckpoints(library, pointer);
    }

    /** Returns its backups. */
    public LibvirtBackups backups() {
        return new LibvirtBackups(library, pointer);
    }

    /** Returns one of its disks, by what libvirt calls it. */
    public LibvirtDisk disk(String target) {
        return new LibvirtDisk(library, pointer, target);
    }

    /** Returns the agent in its guest, whether there is one or not. */
    public LibvirtAgent agent() {
        return new LibvirtAgent(library, pointer);
    }

    /** Measures it. */
    public Measurements measure() throws LibvirtException {
        return Measurements.of(library, pointer);
    }

    /** Returns which of its runs this is, as libvirt numbers them; -1 if it did not run when it was looked up. */
    public int run() {
        return library.virDomainGetID(pointer);
    }

    /** Returns what it does. */
    public DomainState state() throws LibvirtException {
        IntByReference state = new IntByReference();
        check(library.virDomainGetState(pointer, state, new IntByReference(), 0));
        return DomainState.of(state.getValue());
    }

    /** Whether and how a domain is stopped between two hosts. */
    public enum Transit {
        /** It is not. */
        NONE,
        /** On its way there, or not yet arrived, with all that it is. */
        WHOLE,
        /** With parts of its memory on either host. */
        TORN
    }

    /** Returns whether and how it is stopped between two hosts. */
    public Transit transit() throws LibvirtException {
        return switch (pausedFor()) {
            case PAUSED_FOR_MIGRATION, PAUSED_WHILE_STARTING -> Transit.WHOLE;
            case PAUSED_FOR_POST_COPY, PAUSED_AS_POST_COPY_FAILED -> Transit.TORN;
            default -> Transit.NONE;
        };
    }

    /** Returns whether it is stopped because somebody wanted that; it goes on when it is resumed. */
    public boolean isHeld() throws LibvirtException {
        return pausedFor() == PAUSED_ON_REQUEST;
    }

    /** Returns libvirt's number for the reason; {@link #NOT_PAUSED} if it is not paused. */
    private int pausedFor() throws LibvirtException {
        IntByReference state = new IntByReference();
        IntByReference reason = new IntByReference();
        check(library.virDomainGetState(pointer, state, reason, 0));
        return DomainState.of(state.getValue()) == DomainState.PAUSED ? reason.getValue() : NOT_PAUSED;
    }

    /** Returns whether it is stopped between two hosts. */
    public boolean isInTransit() throws LibvirtException {
        return transit() != Transit.NONE;
    }

    /** Returns whether the host remembers it when it does not run. */
    public boolean isPersistent() throws LibvirtException {
        return check(library.virDomainIsPersistent(pointer)) == 1;
    }

    /** Returns its description as it runs; as it is remembered, if it does not. Holds no secret. */
    public String xml() throws LibvirtException {
        return description(0);
    }

    /** Returns its description as it is remembered for the next start. */
    public String rememberedXml() throws LibvirtException {
        return description(INACTIVE_XML);
    }

    /** Returns its description as it is remembered, whole, so that it can be defined again. May hold passwords of consoles. */
    public String definition() throws LibvirtException {
        return description(INACTIVE_XML | SECURE_XML);
    }

    /** Returns its description as another host takes it. */
    public String migratableXml() throws LibvirtException {
        return description(MIGRATABLE_XML);
    }

    /** Returns its description as it is remembered, as another host takes it. */
    public String migratableRememberedXml() throws LibvirtException {
        return description(MIGRATABLE_XML | INACTIVE_XML);
    }

    /** Starts it. */
    public void create() throws LibvirtException {
        check(library.virDomainCreate(pointer));
    }

    /** Cuts its power. */
    public void destroy() throws LibvirtException {
        check(library.virDomainDestroyFlags(pointer, 0));
    }

    /** Asks the guest to shut down, by its power button or whatever else libvirt knows; it may not listen. */
    public void shutDown() throws LibvirtException {
        check(library.virDomainShutdownFlags(pointer, 0));
    }

    /** Asks the guest to restart; it may not listen. */
    public void reboot() throws LibvirtException {
        check(library.virDomainReboot(pointer, 0));
    }

    /** Presses its reset button. */
    public void reset() throws LibvirtException {
        check(library.virDomainReset(pointer, 0));
    }

    /** Stops its processors. */
    public void suspend() throws LibvirtException {
        check(library.virDomainSuspend(pointer));
    }

    /** Lets its processors go on. */
    public void resume() throws LibvirtException {
        check(library.virDomainResume(pointer));
    }

    /** Wakes a guest that sleeps. */
    public void wakeUp() throws LibvirtException {
        check(library.virDomainPMWakeup(pointer, 0));
    }

    /** Adds a device to the domain as it runs and, if it is remembered, as it is remembered. */
    public void attach(String deviceXml) throws LibvirtException {
        check(library.virDomainAttachDeviceFlags(pointer, deviceXml, LIVE | (isPersistent() ? CONFIG : 0)));
    }

    /** Asks the guest to let a device go; it goes when the guest does so, if ever. */
    public void askToDetach(String deviceXml) throws LibvirtException {
        check(library.virDomainDetachDeviceFlags(pointer, deviceXml, LIVE));
    }

    /** Takes a device out of the domain as it is remembered. */
    public void detachRemembered(String deviceXml) throws LibvirtException {
        check(library.virDomainDetachDeviceFlags(pointer, deviceXml, CONFIG));
    }

    /** Forgets its description and its checkpoints. */
    public void undefine() throws LibvirtException {
        check(library.virDomainUndefineFlags(pointer, CHECKPOINTS_TOO));
    }

    /** Forgets its description, its checkpoints and the variables of its firmware, without which libvirt forgets no machine with UEFI. */
    public void undefineWithFirmware() throws LibvirtException {
        check(library.virDomainUndefineFlags(pointer, UNDEFINE_NVRAM | CHECKPOINTS_TOO));
    }

    /** Writes one element of metadata, for the domain as it runs and as it is remembered, so far as it does either. */
    public void setMetadata(String element, String prefix, String namespace) throws LibvirtException {
        check(library.virDomainSetMetadata(pointer, METADATA_ELEMENT, element, prefix, namespace, everywhere()));
    }

    /** Removes the element of metadata of a name space. */
    public void removeMetadata(String namespace) throws LibvirtException {
        check(library.virDomainSetMetadata(pointer, METADATA_ELEMENT, null, null, namespace, everywhere()));
    }

    private int everywhere() throws LibvirtException {
        return (state().isActive() ? LIVE : 0) | (isPersistent() ? CONFIG : 0);
    }

    /** Has a running domain go on with overlays that exist, on all named disks or on none; libvirt keeps no note of it. */
    public void snapshot(String snapshotXml) throws LibvirtException {
        int flags = SNAPSHOT_DISK_ONLY | SNAPSHOT_REUSE_EXT | SNAPSHOT_ATOMIC | SNAPSHOT_NO_METADATA;
        Pointer snapshot = library.virDomainSnapshotCreateXML(pointer, snapshotXml, flags);
        if (snapshot == null) {
            throw LibvirtException.last(library);
        }
        library.virDomainSnapshotFree(snapshot);
    }

    /** Moves it to another host, and returns or throws when that is over. Neither proves anything: look at both hosts. */
    public void migrate(LibvirtConnection target, Migration migration) throws LibvirtException {
        target.receive(pointer, migration);
    }

    /** Asks the job on the whole domain to end. */
    public void abortJob() throws LibvirtException {
        check(library.virDomainAbortJob(pointer));
    }

    /** Returns how far the job on the whole domain is, if there is one and it is led here. */
    public Optional<JobProgress> job() throws LibvirtException {
        return jobRecord().map(job -> new JobProgress(job.dataProcessed, job.dataTotal));
    }

    /** Returns how many bytes of memory are still to be copied, if memory is what the job on the whole domain copies now. */
    public OptionalLong memoryLeft() throws LibvirtException {
        return jobRecord()
                .filter(job -> job.memTotal > 0)
                .map(job -> OptionalLong.of(job.memRemaining))
                .orElse(OptionalLong.empty());
    }

    /** Lets a domain that leaves go on on the other host at once, and its memory follow. */
    public void startPostCopy() throws LibvirtException {
        check(library.virDomainMigrateStartPostCopy(pointer, 0));
    }

    private Optional<LibvirtLibrary.JobRecord> jobRecord() throws LibvirtException {
        LibvirtLibrary.JobRecord info = new LibvirtLibrary.JobRecord();
        if (library.virDomainGetJobInfo(pointer, info) < 0) {
            LibvirtException why = LibvirtException.last(library);
            if (why.saysElsewhere()) {
                return Optional.empty();
            }
            throw why;
        }
        return Optional.of(info).filter(job -> job.type == JOB_BOUNDED || job.type == JOB_UNBOUNDED);
    }

    @Override
    public void close() {
        library.virDomainFree(pointer);
    }

    private String description(int flags) throws LibvirtException {
        Pointer text = library.virDomainGetXMLDesc(pointer, flags);
        if (text == null) {
            throw LibvirtException.last(library);
        }
        return Libvirt.taken(text);
    }

    private int check(int result) throws LibvirtException {
        if (result < 0) {
            throw LibvirtException.last(library);
        }
        return result;
    }
}
