package io.hvkit.qemu;

import io.hvkit.core.ImageFormat;
import java.util.List;

/**
 * The choices that {@code VMDK} leaves. Variants of more than one file are not made: a set of files cannot appear in one step.
 *
 * @param variant how the data lies in the file
 * @param adapter the controller that the image asks for
 */
public record VmdkLayout(Variant variant, Adapter adapter) implements ImageLayout {

    /** What is taken if nothing is said: sparse, for an IDE controller. */
    public static final VmdkLayout SPARSE = new VmdkLayout(Variant.MONOLITHIC_SPARSE, Adapter.IDE);

    /** What OVA files hold: compressed, to be written once from start to end, for a SCSI controller of LSI Logic. */
    public static final VmdkLayout STREAM_OPTIMIZED = new VmdkLayout(Variant.STREAM_OPTIMIZED, Adapter.LSI_LOGIC);

    /** How the data lies in the file. */
    public enum Variant {
        /** One file that grows. */
        MONOLITHIC_SPARSE("monolithicSparse"),
        /** One file, compressed, for transport. */
        STREAM_OPTIMIZED("streamOptimized");

        private final String qemuName;

        Variant(String qemuName) {
            this.qemuName = qemuName;
        }
    }

    /** The controller that an image asks for. */
    public enum Adapter {
        /** IDE. */
        IDE("ide"),
        /** SCSI, LSI Logic; what ESX expects. */
        LSI_LOGIC("lsilogic"),
        /** SCSI, BusLogic. */
        BUS_LOGIC("buslogic");

        private final String qemuName;

        Adapter(String qemuName) {
            this.qemuName = qemuName;
        }
    }

    /** Returns this layout for another controller. */
    public VmdkLayout withAdapter(Adapter other) {
        return new VmdkLayout(variant, other);
    }

    @Override
    public boolean fits(ImageFormat format) {
        return format == ImageFormat.VMDK;
    }

    /** Returns it in qemu's words. */
    List<String> options() {
        return List.of(
                QemuText.option("subformat", variant.qemuName), QemuText.option("adapter_type", adapter.qemuName));
    }
}
