package io.hvkit.qemu.inspect;

import io.hvkit.qemu.inspect.Finding.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The region of a VHDX that says what the disk is: a table of items, and the items behind it. */
final class VhdxMetadata {

    private static final int TABLE_BYTES = 64 << 10;
    private static final int MOST_ITEMS = 1023;
    private static final int REQUIRED = 4;
    private static final UUID FILE_PARAMETERS = UUID.fromString("caa16737-fa36-4d43-b3b6-33f0aa44e76b");
    private static final UUID DISK_SIZE = UUID.fromString("2fa54224-cd1b-4876-b211-5dbed83bf4b8");
    private static final UUID PARENT_LOCATOR = UUID.fromString("a8d35f2d-b30b-454d-abf7-d3d84834ab0c");
    private static final Set<UUID> OTHERS = Set.of(
            UUID.fromString("beca12ab-b2e6-4523-93ef-c309e000c746"), // the disk's identifier
            UUID.fromString("8141bf1d-a96f-4709-ba47-f233a8faab5f"), // the size of a logical sector
            UUID.fromString("cda348c7-445d-4471-9cc9-e9885251c556")); // the size of a physical sector
    private static final int MOST_LOCATORS = 32;
    private static final int LARGEST_LOCATOR = 64 << 10;

    private final Bytes bytes;
    private final long start;
    private final Report report;
    private final Set<UUID> seen = new HashSet<>();

    VhdxMetadata(Bytes bytes, long start, Report report) {
        this.bytes = bytes;
        this.start = start;
        this.report = report;
    }

    void read() throws InterruptedException {
        ByteBuffer table = bytes.little(start, TABLE_BYTES);
        Refusal.unless(bytes.has(start, "metadata"), "no metadata at byte %s", start);
        int count = Short.toUnsignedInt(table.getShort(10));
        Refusal.unless(count <= MOST_ITEMS, "%s items of metadata", count);
        for (int entry = 0; entry < count; entry++) {
            int at = 32 + 32 * entry;
            item(
                    VhdxFormat.identifier(table, at),
                    start + Integer.toUnsignedLong(table.getInt(at + 16)),
                    Integer.toUnsignedLong(table.getInt(at + 20)),
                    table.getInt(at + 24));
        }
        Refusal.unless(seen.contains(DISK_SIZE) && seen.contains(FILE_PARAMETERS), "metadata without a size");
    }

    private void item(UUID id, long at, long size, int flags) throws InterruptedException {
        Refusal.unless(seen.add(id), "two items of metadata are %s", id);
        if (id.equals(FILE_PARAMETERS)) {
            ByteBuffer parameters = bytes.little(at, 8);
            report.hasClusters(Integer.toUnsignedLong(parameters.getInt(0)));
            if ((parameters.getInt(4) & 2) != 0) {
                names("");
            }
            if (report.clusterSize() < 1 << 20
                    || report.clusterSize() > 256 << 20
                    || Long.bitCount(report.clusterSize()) != 1) {
                report.find(Kind.MALFORMED, "blocks of %s bytes", report.clusterSize());
            }
        } else if (id.equals(DISK_SIZE)) {
            report.hasVirtualSize(bytes.little(at, 8).getLong(0));
        } else if (id.equals(PARENT_LOCATOR)) {
            parent(at, size);
        } else if (!OTHERS.contains(id) && (flags & REQUIRED) != 0) {
            report.find(Kind.UNKNOWN_FEATURE, "required metadata without a known meaning, %s", id);
        }
    }

    private void parent(long at, long size) throws InterruptedException {
        if (size < 20 || size > LARGEST_LOCATOR) {
            names("");
            throw Refusal.malformed("a parent's locator of %s bytes", size);
        }
        ByteBuffer locator = bytes.little(at, (int) size);
        int count = Short.toUnsignedInt(locator.getShort(18));
        if (count == 0 || count > MOST_LOCATORS || 20 + 12L * count > size) {
            names("");
            throw Refusal.malformed("a parent's locator with %s entries", count);
        }
        for (int entry = 0; entry < count; entry++) {
            int field = 20 + 12 * entry;
            long offset = Integer.toUnsignedLong(locator.getInt(field + 4));
            int length = Short.toUnsignedInt(locator.getShort(field + 10));
            names(offset <= size - length ? Bytes.text(locator, (int) offset, length, StandardCharsets.UTF_16LE) : "");
        }
    }

    private void names(String parent) {
        report.names(
                Reference.Kind.PARENT,
                parent,
                Optional.empty(),
                Kind.PARENT,
                "it holds the differences from " + Shown.name(parent));
    }
}
