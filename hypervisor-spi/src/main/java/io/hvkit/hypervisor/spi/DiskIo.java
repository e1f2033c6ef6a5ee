package io.hvkit.hypervisor.spi;

/** How a host submits reads and writes of a disk. */
public enum DiskIo {
    /** A pool of threads; goes with every cache. */
    THREADS,
    /** The kernel's asynchronous I/O; needs a cache that passes by the page cache. */
    NATIVE,
    /** io_uring; needs Linux 5.1, QEMU 5.0 and libvirt 6.3. */
    IO_URING
}
