package io.hvkit.qemu.inspect;

import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import java.util.List;
import java.util.Optional;

/**
 * What an image says of itself, and what is noteworthy about it. All of it may be a lie but {@link #fileSize}; what could be
 * checked was. Whether it is acceptable, an {@link ImagePolicy} says. Immutable.
 */
public final class InspectedImage {

    private record Fields(
            List<FileFormat> formats,
            ByteSize fileSize,
            ByteSize virtualSize,
            Optional<ByteSize> clusterSize,
            Encryption encryption,
            Optional<Qcow2Details> qcow2,
            Optional<PartitionTable> partitionTable,
            List<Reference> references,
            List<Finding> findings) {}

    private final Fields fields;

    private InspectedImage(Fields fields) {
        this.fields = fields;
    }

    static InspectedImage of(
            List<FileFormat> formats, long length, List<Report> reports, Optional<PartitionTable> partitionTable) {
        Report first = reports.get(0);
        return new InspectedImage(new Fields(
                List.copyOf(formats),
                ByteSize.bytes(length),
                ByteSize.bytes(first.virtualSize()),
                Optional.of(first.clusterSize()).filter(bytes -> bytes > 0).map(ByteSize::bytes),
                reports.stream()
                        .map(Report::encryption)
                        .filter(encryption -> encryption != Encryption.NONE)
                        .findFirst()
                        .orElse(Encryption.NONE),
                first.qcow2(),
                partitionTable,
                reports.stream().flatMap(report -> report.references().stream()).toList(),
                reports.stream().flatMap(report -> report.findings().stream()).toList()));
    }

    /**
     * Returns the format under which qemu is to open it, never to be asked of a disk that a guest has written; nothing if it is
     * of several formats at once, or of one that is not worked with.
     */
    public Optional<ImageFormat> format() {
        return fields.formats.size() == 1 ? fields.formats.get(0).imageFormat() : Optional.empty();
    }

    /** Returns all that the file can be taken for: one format, or several if it is a polyglot; never none. */
    public List<FileFormat> formats() {
        return fields.formats;
    }

    /** Returns how many bytes the file or device has. */
    public ByteSize fileSize() {
        return fields.fileSize;
    }

    /**
     * Returns how large the disk is that a guest would see, as qemu counts; zero if that cannot be read, which is a finding. Of a
     * polyglot, it is the size under the first of its formats.
     */
    public ByteSize virtualSize() {
        return fields.virtualSize;
    }

    /** Returns the size of a cluster, grain or block, if the format has such. */
    public Optional<ByteSize> clusterSize() {
        return fields.clusterSize;
    }

    /** Returns how the guest's data is protected. */
    public Encryption encryption() {
        return fields.encryption;
    }

    /** Returns what only qcow2 has, if it is that. */
    public Optional<Qcow2Details> qcow2() {
        return fields.qcow2;
    }

    /** Returns how the disk is divided, where that shows in the file's first sectors, as it does if it is raw. */
    public Optional<PartitionTable> partitionTable() {
        return fields.partitionTable;
    }

    /** Returns the other files that it names, at most 64 to a format. Each is a finding as well. */
    public List<Reference> references() {
        return fields.references;
    }

    /** Returns all that is noteworthy, at most 64 findings to a format. */
    public List<Finding> findings() {
        return fields.findings;
    }

    /** Returns whether there is a finding of this kind. */
    public boolean has(Finding.Kind kind) {
        return fields.findings.stream().anyMatch(finding -> finding.kind() == kind);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof InspectedImage image && image.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    /** Returns it for people, with whatever the image says quoted and escaped. */
    @Override
    public String toString() {
        return "%s, a disk of %s in %s, %s"
                .formatted(
                        fields.formats,
                        fields.virtualSize,
                        fields.fileSize,
                        fields.findings.isEmpty() ? "no findings" : fields.findings);
    }
}
