package io.hvkit.qemu.inspect;

import static io.hvkit.qemu.inspect.Samples.DISK;
import static io.hvkit.qemu.inspect.Samples.bytes;
import static io.hvkit.qemu.inspect.Samples.little;
import static io.hvkit.qemu.inspect.Samples.text;

import io.hvkit.qemu.inspect.Samples.Edit;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;
import java.util.zip.CRC32C;

/** The smallest sound images of Microsoft's formats, and the same with something changed before their checksums are made. */
final class HyperVSamples {

    private HyperVSamples() {}

    private static ByteBuffer vhdFooter(int type) {
        ByteBuffer footer = ByteBuffer.allocate(512);
        text(0, "conectix").on(footer);
        footer.putInt(8, 2).putInt(12, 0x10000).putLong(16, type == 2 ? -1 : 512);
        text(28, "win ").on(footer);
        footer.putLong(40, DISK).putLong(48, DISK).putInt(60, type);
        return footer;
    }

    private static void vhdSum(ByteBuffer part, int at) {
        part.putInt(at, 0);
        int sum = 0;
        for (byte one : bytes(part)) {
            sum += Byte.toUnsignedInt(one);
        }
        part.putInt(at, ~sum);
    }

    static byte[] vhdFixed(Edit footerEdit) {
        ByteBuffer footer = vhdFooter(2);
        footerEdit.on(footer);
        vhdSum(footer, 64);
        byte[] image = Arrays.copyOf(new byte[0], DISK + 512);
        System.arraycopy(bytes(footer), 0, image, DISK, 512);
        return image;
    }

    /** Footer, dynamic header, block table of one entry, footer. */
    static byte[] vhdDynamic(Edit footerEdit, Edit headerEdit) {
        ByteBuffer footer = vhdFooter(3);
        footerEdit.on(footer);
        vhdSum(footer, 64);
        ByteBuffer header = ByteBuffer.allocate(1024);
        text(0, "cxsparse").on(header);
        header.putLong(8, -1)
                .putLong(16, 1536)
                .putInt(24, 0x10000)
                .putInt(28, 1)
                .putInt(32, 2 << 20);
        headerEdit.on(header);
        vhdSum(header, 36);
        byte[] image = new byte[2560];
        System.arraycopy(bytes(footer), 0, image, 0, 512);
        System.arraycopy(bytes(header), 0, image, 512, 1024);
        System.arraycopy(bytes(footer), 0, image, 2048, 512);
        return image;
    }

    static void identifier(ByteBuffer little, int at, String text) {
        UUID id = UUID.fromString(text);
        little.putInt(at, (int) (id.getMostSignificantBits() >>> 32));
        little.putShort(at + 4, (short) (id.getMostSignificantBits() >>> 16));
        little.putShort(at + 6, (short) id.getMostSignificantBits());
        little.putLong(at + 8, Long.reverseBytes(id.getLeastSignificantBits()));
    }

    private static void crc(ByteBuffer part) {
        part.putInt(4, 0);
        CRC32C sum = new CRC32C();
        sum.update(bytes(part));
        part.putInt(4, (int) sum.getValue());
    }

    /** Headers, region tables, log at 1 MiB, block table at 2 MiB, metadata at 3 MiB. */
    static byte[] vhdx(Edit headerEdit, Edit regionEdit, Edit metadataEdit) {
        byte[] image = new byte[4 << 20];
        System.arraycopy("vhdxfile".getBytes(StandardCharsets.US_ASCII), 0, image, 0, 8);
        for (int copy = 0; copy < 2; copy++) {
            ByteBuffer header = little(4096);
            text(0, "head").on(header);
            header.putLong(8, 7 + copy)
                    .putShort(66, (short) 1)
                    .putInt(68, 1 << 20)
                    .putLong(72, 1 << 20);
            headerEdit.on(header);
            crc(header);
            System.arraycopy(bytes(header), 0, image, (64 << 10) * (copy + 1), 4096);
            ByteBuffer table = little(65536);
            text(0, "regi").on(table);
            table.putInt(8, 2);
            identifier(table, 16, "2dc27766-f623-4200-9d64-115e9bfd4a08");
            table.putLong(32, 2 << 20).putInt(40, 1 << 20).putInt(44, 1);
            identifier(table, 48, "8b7ca206-4790-4b9a-b8fe-575f050f886e");
            table.putLong(64, 3 << 20).putInt(72, 1 << 20).putInt(76, 1);
            regionEdit.on(table);
            crc(table);
            System.arraycopy(bytes(table), 0, image, (64 << 10) * (copy + 3), 65536);
        }
        ByteBuffer metadata = little(1 << 20);
        text(0, "metadata").on(metadata);
        metadata.putShort(10, (short) 2);
        identifier(metadata, 32, "caa16737-fa36-4d43-b3b6-33f0aa44e76b");
        metadata.putInt(48, 65536).putInt(52, 8).putInt(56, 4);
        identifier(metadata, 64, "2fa54224-cd1b-4876-b211-5dbed83bf4b8");
        metadata.putInt(80, 65544).putInt(84, 8).putInt(88, 6);
        metadata.putInt(65536, 1 << 20).putLong(65544, DISK);
        metadataEdit.on(metadata);
        System.arraycopy(bytes(metadata), 0, image, 3 << 20, 1 << 20);
        return image;
    }
}
