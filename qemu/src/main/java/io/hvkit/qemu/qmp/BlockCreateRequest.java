package io.hvkit.qemu.qmp;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import java.nio.file.Path;

/**
 * A new file, or the structure of a format on a node that is open already. What was there is overwritten without a question: for
 * images that are to appear whole, proven and under a name of their own use {@link io.hvkit.qemu.QemuImg#create}. Immutable.
 */
public final class BlockCreateRequest {

    private record Fields(String what, QmpValue options, JobTerms terms) {}

    private final Fields fields;

    private BlockCreateRequest(Fields fields) {
        this.fields = fields;
    }

    /** Returns a request for a file full of zeroes; one that is there is emptied first. */
    public static BlockCreateRequest file(Path path, ByteSize size) {
        return new BlockCreateRequest(new Fields(
                path.toAbsolutePath().toString(),
                QmpValue.object()
                        .with("driver", "file")
                        .with("filename", path.toAbsolutePath().toString())
                        .with("size", size.bytes()),
                JobTerms.USUAL));
    }

    /**
     * Returns a request for a format's structure on a node.
     *
     * @param node open as {@code RAW}; what it holds is lost
     * @param size how large the disk is that a guest sees
     * @throws DriverException with {@code INVALID_REQUEST} for {@code RAW}, which has no structure, and {@code LUKS}, which is made
     *     by {@link io.hvkit.qemu.QemuImg#create}, proven by its header
     */
    public static BlockCreateRequest of(ImageFormat format, BlockNode node, ByteSize size) {
        switch (format) {
            case QCOW2, VMDK, VHD, VHDX, VDI -> {}
            case RAW ->
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("a raw image is its bytes alone: there is nothing to make on %s", node);
            case LUKS ->
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message(
                                "a LUKS header is not made by a job, since nothing would prove that it is there; use"
                                        + " QemuImg.create or CryptSetup.format, and open it on %s afterwards",
                                node);
        }
        return new BlockCreateRequest(new Fields(
                format.qemuName() + " on " + node,
                QmpValue.object()
                        .with("driver", format.qemuName())
                        .with("file", node.name())
                        .with("size", size.bytes()),
                JobTerms.USUAL));
    }

    /**
     * Returns this request under a name by which its job is found again.
     *
     * @param id letters, digits, {@code -}, {@code .} and {@code _}, a letter first
     * @throws DriverException with {@code INVALID_REQUEST} if it is no such name
     */
    public BlockCreateRequest named(String id) {
        return new BlockCreateRequest(new Fields(fields.what, fields.options, fields.terms.named(id)));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BlockCreateRequest request && request.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return "making of " + fields.what;
    }

    JobTerms terms() {
        return fields.terms;
    }

    QmpCommand command() {
        return QmpCommand.of("blockdev-create").with("options", fields.options);
    }
}
