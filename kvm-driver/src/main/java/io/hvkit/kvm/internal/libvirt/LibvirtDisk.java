package io.hvkit.kvm.internal.libvirt;

import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.PointerByReference;
import io.hvkit.hypervisor.spi.CopyMode;
import java.util.Optional;

/** A disk of a domain, and the job on it; valid as long as the domain is. */
public final class LibvirtDisk {

    private static final int BANDWIDTH_IN_BYTES = 1;
    private static final int REUSE_EXT = 2;
    private static final int TRANSIENT_JOB = 4;
    private static final int SYNCHRONOUS_WRITES = 8;
    private static final int COMMIT_SHALLOW = 1;
    private static final int COMMIT_ACTIVE = 4;
    private static final int COMMIT_BANDWIDTH_IN_BYTES = 16;
    private static final int RESIZE_IN_BYTES = 1;
    private static final int PIVOT = 2;

    private final LibvirtLibrary library;
    private final Pointer domain;
    private final String disk;

    LibvirtDisk(LibvirtLibrary library, Pointer domain, String disk) {
        this.library = library;
        this.domain = domain;
        this.disk = disk;
    }

    /** Returns how many bytes the guest sees of it. */
    public long capacity() throws LibvirtException {
        LibvirtLibrary.BlockRecord info = new LibvirtLibrary.BlockRecord();
        check(library.virDomainGetBlockInfo(domain, disk, info, 0));
        return info.capacity;
    }

    /** Makes it and what is behind it larger or smaller, without asking whether that makes sense. */
    public void resize(long bytes) throws LibvirtException {
        check(library.virDomainBlockResize(domain, disk, bytes, RESIZE_IN_BYTES));
    }

    /**
     * Starts to copy it onto something that exists; the domain need not be transient for it.
     *
     * @param bytesPerSecond the most to copy in a second, 0 for no limit
     * @param mode for other ones than {@code BACKGROUND} see {@link LibvirtVersion#hasSynchronousWrites}
     */
    public void copyTo(String targetXml, long bytesPerSecond, CopyMode mode) throws LibvirtException {
        PointerByReference parameters = new PointerByReference();
        IntByReference count = new IntByReference();
        check(library.virTypedParamsAddULLong(parameters, count, new IntByReference(), "bandwidth", bytesPerSecond));
        try {
            int flags = REUSE_EXT | TRANSIENT_JOB | (mode == CopyMode.WRITE_BLOCKING ? SYNCHRONOUS_WRITES : 0);
            check(library.virDomainBlockCopy(domain, disk, targetXml, parameters.getValue(), count.getValue(), flags));
        } finally {
            library.virTypedParamsFree(parameters.getValue(), count.getValue());
        }
    }

    /**
     * Starts to write what its top layer holds into the one below it, for the domain to be switched to.
     *
     * @param bytesPerSecond the most to copy in a second, 0 for no limit
     */
    public void commit(long bytesPerSecond) throws LibvirtException {
        int flags = COMMIT_SHALLOW | COMMIT_ACTIVE | COMMIT_BANDWIDTH_IN_BYTES;
        check(library.virDomainBlockCommit(domain, disk, null, null, new NativeLong(bytesPerSecond), flags));
    }

    /** Returns how far the job on it is, if there is one. */
    public Optional<JobProgress> job() throws LibvirtException {
        LibvirtLibrary.BlockJobRecord info = new LibvirtLibrary.BlockJobRecord();
        int found = check(library.virDomainGetBlockJobInfo(domain, disk, info, BANDWIDTH_IN_BYTES));
        return found == 0 ? Optional.empty() : Optional.of(new JobProgress(info.cur, info.end));
    }

    /**
     * Gives the job on it another limit.
     *
     * @param bytesPerSecond the most to copy in a second, 0 for no limit
     */
    public void limitJob(long bytesPerSecond) throws LibvirtException {
        check(library.virDomainBlockJobSetSpeed(domain, disk, new NativeLong(bytesPerSecond), BANDWIDTH_IN_BYTES));
    }

    /** Switches the domain to the complete copy. That it returns or throws proves nothing: read the XML. */
    public void pivot() throws LibvirtException {
        check(library.virDomainBlockJobAbort(domain, disk, PIVOT));
    }

    /** Ends the job on it; the domain keeps the disk it has. */
    public void abortJob() throws LibvirtException {
        check(library.virDomainBlockJobAbort(domain, disk, 0));
    }

    private int check(int result) throws LibvirtException {
        if (result < 0) {
            throw LibvirtException.last(library);
        }
        return result;
    }
}
