package io.hvkit.qemu;

/**
 * What a qcow2 file of version 3 holds besides its data when every cluster of the disk is written: header, two levels of tables
 * that say where a cluster lies, reference counts of 16 bits with their own table, and a LUKS header if it is encrypted.
 *
 * @param cluster the bytes of a cluster, 64 KiB or more: then one cluster of the reference table is enough for any disk
 * @param luksHeader the bytes of the LUKS header, zero without encryption
 */
record Qcow2Metadata(long cluster, long luksHeader) {

    private static final long ENTRY_BYTES = 8;
    private static final long COUNT_BYTES = 2;
    /** QEMU opens no image whose first table is larger. */
    private static final long LARGEST_FIRST_TABLE = 32L << 20;

    /**
     * Returns the bytes of the whole file.
     *
     * @throws ArithmeticException if qemu makes no disk of that size
     */
    long fileBytes(long payload) {
        long data = wholes(payload, cluster);
        long secondTables = wholes(data, cluster / ENTRY_BYTES);
        if (secondTables > LARGEST_FIRST_TABLE / ENTRY_BYTES) {
            throw new ArithmeticException("its first table has more than " + LARGEST_FIRST_TABLE + " bytes");
        }
        long firstTable = Math.max(1, wholes(secondTables * ENTRY_BYTES, cluster));
        long counted = 1 + firstTable + secondTables + data + wholes(luksHeader, cluster);
        return Math.multiplyExact(counted + countingClusters(counted), cluster);
    }

    /** The counts count the clusters that they are in themselves. */
    private long countingClusters(long counted) {
        long counting = 0;
        while (true) {
            long blocks = wholes(counted + counting, cluster / COUNT_BYTES);
            long needed = blocks + wholes(blocks * ENTRY_BYTES, cluster);
            if (needed == counting) {
                return counting;
            }
            counting = needed;
        }
    }

    private static long wholes(long amount, long unit) {
        return amount / unit + (amount % unit == 0 ? 0 : 1);
    }
}
