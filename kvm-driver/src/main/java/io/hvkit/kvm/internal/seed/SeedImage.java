package io.hvkit.kvm.internal.seed;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A CD-ROM with a few small files and the label {@code cidata}: ISO 9660, and Joliet for systems that want names as they are. It is
 * written here, by no tool: the files may hold passwords, which so are in no other file on their way, and equal files make equal
 * bytes, so that a seed can be compared with what was asked for.
 */
final class SeedImage {

    static final String LABEL = "cidata";

    private static final int BLOCK = 2048;
    private static final int FIRST_DESCRIPTOR = 16;
    private static final int PATHS = 19;
    private static final int ROOT = 23;
    private static final int JOLIET_ROOT = 24;
    private static final int FIRST_FILE = 25;
    private static final int PATHS_SIZE = 10;
    private static final byte DIRECTORY = 2;
    private static final int LONGEST_NAME = 30;

    /** One of the two trees: their names differ. */
    private enum Tree {
        PLAIN(1, ROOT, PATHS),
        JOLIET(2, JOLIET_ROOT, PATHS + 2);

        private final int type;
        private final int root;
        private final int paths;

        Tree(int type, int root, int paths) {
            this.type = type;
            this.root = root;
            this.paths = paths;
        }

        byte[] name(String name) {
            return name.getBytes(this == JOLIET ? StandardCharsets.UTF_16BE : StandardCharsets.US_ASCII);
        }

        void writeText(ByteBuffer to, String text, int length) {
            byte[] padded = name(" ".repeat(this == JOLIET ? length / 2 : length));
            byte[] bytes = name(text);
            System.arraycopy(bytes, 0, padded, 0, bytes.length);
            to.put(padded);
            to.put(new byte[length - padded.length]);
        }
    }

    private final Map<String, byte[]> files;
    private final Map<String, Integer> blocks = new LinkedHashMap<>();
    private final ByteBuffer image;

    private SeedImage(Map<String, byte[]> files) {
        this.files = new TreeMap<>(files);
        int next = FIRST_FILE;
        for (Map.Entry<String, byte[]> file : this.files.entrySet()) {
            if (!file.getKey().matches("[a-z-]{1," + LONGEST_NAME + "}")) {
                throw new IllegalArgumentException("not a name of a seed's file: " + file.getKey());
            }
            blocks.put(file.getKey(), next);
            next += (file.getValue().length + BLOCK - 1) / BLOCK;
        }
        this.image = ByteBuffer.allocate(next * BLOCK);
    }

    /** Returns the image; the caller wipes it. */
    static byte[] of(Map<String, byte[]> files) {
        return new SeedImage(files).written();
    }

    private byte[] written() {
        writeDescriptor(Tree.PLAIN, FIRST_DESCRIPTOR);
        writeDescriptor(Tree.JOLIET, FIRST_DESCRIPTOR + 1);
        at(FIRST_DESCRIPTOR + 2).put((byte) 255).put(ascii("CD001")).put((byte) 1);
        for (Tree tree : Tree.values()) {
            writePaths(tree.paths, tree.root, ByteOrder.LITTLE_ENDIAN);
            writePaths(tree.paths + 1, tree.root, ByteOrder.BIG_ENDIAN);
            writeRoot(tree);
        }
        files.forEach((name, bytes) -> at(block(name)).put(bytes));
        return image.array();
    }

    private void writeDescriptor(Tree tree, int block) {
        ByteBuffer to = at(block);
        to.put((byte) tree.type).put(ascii("CD001")).put((byte) 1).put((byte) 0);
        tree.writeText(to, "", 32);
        tree.writeText(to, LABEL, 32);
        to.put(new byte[8]);
        putBoth(to, image.capacity() / BLOCK);
        byte[] escape = new byte[32];
        if (tree == Tree.JOLIET) {
            System.arraycopy(ascii("%/E"), 0, escape, 0, 3);
        }
        to.put(escape);
        putBothShort(to, 1);
        putBothShort(to, 1);
        putBothShort(to, BLOCK);
        putBoth(to, PATHS_SIZE);
        to.order(ByteOrder.LITTLE_ENDIAN).putInt(tree.paths).putInt(0);
        to.order(ByteOrder.BIG_ENDIAN).putInt(tree.paths + 1).putInt(0);
        writeRecord(to, new byte[1], tree.root, BLOCK, DIRECTORY);
        for (int length : new int[] {128, 128, 128, 128, 37, 37, 37}) {
            tree.writeText(to, "", length);
        }
        for (int date = 0; date < 4; date++) {
            to.put(ascii("0".repeat(16))).put((byte) 0);
        }
        to.put((byte) 1);
    }

    private void writePaths(int block, int root, ByteOrder order) {
        at(block).order(order).put((byte) 1).put((byte) 0).putInt(root).putShort((short) 1);
    }

    private void writeRoot(Tree tree) {
        ByteBuffer to = at(tree.root);
        writeRecord(to, new byte[] {0}, tree.root, BLOCK, DIRECTORY);
        writeRecord(to, new byte[] {1}, tree.root, BLOCK, DIRECTORY);
        files.forEach((name, bytes) -> writeRecord(to, tree.name(name), block(name), bytes.length, (byte) 0));
    }

    private static void writeRecord(ByteBuffer to, byte[] name, int block, int size, byte flags) {
        int length = 33 + name.length + (name.length + 1) % 2;
        to.put((byte) length).put((byte) 0);
        putBoth(to, block);
        putBoth(to, size);
        to.put(new byte[] {70, 1, 1, 0, 0, 0, 0}); // 1970: the same files make the same bytes on any day
        to.put(flags).put((byte) 0).put((byte) 0);
        putBothShort(to, 1);
        to.put((byte) name.length).put(name).put(new byte[(name.length + 1) % 2]);
    }

    private int block(String name) {
        Integer block = blocks.get(name);
        if (block == null) {
            throw new IllegalStateException("no such file: " + name);
        }
        return block;
    }

    private ByteBuffer at(int block) {
        return image.duplicate().position(block * BLOCK);
    }

    private static void putBoth(ByteBuffer to, int value) {
        to.order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .order(ByteOrder.BIG_ENDIAN)
                .putInt(value);
    }

    private static void putBothShort(ByteBuffer to, int value) {
        to.order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) value)
                .order(ByteOrder.BIG_ENDIAN)
                .putShort((short) value);
    }

    private static byte[] ascii(String text) {
        return Arrays.copyOf(text.getBytes(StandardCharsets.US_ASCII), text.length());
    }
}
