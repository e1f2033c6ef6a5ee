package io.hvkit.hypervisor.spi;

/** How a machine sees a disk. */
public enum DiskBus {
    /** A virtio block device: the fastest; the guest needs its driver. */
    VIRTIO,
    /** A disk on a virtio SCSI controller: many disks, and all of SCSI's commands. */
    SCSI,
    /** A disk on a SATA controller: any guest knows it. */
    SATA
}
