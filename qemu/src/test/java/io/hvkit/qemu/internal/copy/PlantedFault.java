package io.hvkit.qemu.internal.copy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** What storage does wrong without a word. Each is planted into one write, or all of them. */
enum PlantedFault {
    SHIFTED_BY_A_SECTOR,
    SHIFTED_BACK_BY_A_SECTOR,
    SHIFTED_BY_A_PAGE,
    SHIFTED_BY_ONE_BYTE,
    TORN_IN_THE_MIDDLE,
    TORN_BEFORE_THE_LAST_SECTOR,
    TORN_AT_THE_START,
    ONE_SECTOR_LOST,
    ONE_SECTOR_ZEROED,
    ONE_SECTOR_TWICE,
    TWO_SECTORS_EXCHANGED,
    ONE_BIT_FLIPPED,
    DROPPED,
    WRITTEN_ELSEWHERE_TOO,
    WRITTEN_TO_ANOTHER_CHUNK,
    BYTES_OF_A_WORD_REVERSED,
    BEGINS_TOO_EARLY,
    CLEARED_TOO_MUCH,
    NOT_CLEARED;

    private static final int SECTOR = 512;

    boolean isAboutClearing() {
        return this == CLEARED_TOO_MUCH || this == NOT_CLEARED;
    }

    /** Returns a file that does this to what is written or cleared at a place, and nothing wrong elsewhere. */
    MemoryFile in(byte[] bytes, long where) {
        return new MemoryFile(bytes) {
            @Override
            public synchronized void write(ByteBuffer buffer, long at) throws IOException {
                if (isAboutClearing() || where < at || where >= at + buffer.remaining()) {
                    super.write(buffer, at);
                    return;
                }
                byte[] piece = new byte[buffer.remaining()];
                buffer.get(piece);
                distort(this::honestly, piece, at);
            }

            @Override
            public synchronized boolean clear(long at, long length) {
                return switch (PlantedFault.this) {
                    case NOT_CLEARED -> true;
                    case CLEARED_TOO_MUCH -> super.clear(at - SECTOR, length + SECTOR);
                    default -> super.clear(at, length);
                };
            }

            private void honestly(byte[] piece, long at) throws IOException {
                super.write(ByteBuffer.wrap(piece), at);
            }
        };
    }

    private interface Honest {
        void write(byte[] piece, long at) throws IOException;
    }

    private void distort(Honest file, byte[] piece, long at) throws IOException {
        int middle = piece.length / 2 / SECTOR * SECTOR;
        switch (this) {
            case SHIFTED_BY_A_SECTOR -> file.write(Arrays.copyOf(piece, piece.length - SECTOR), at + SECTOR);
            case SHIFTED_BACK_BY_A_SECTOR -> file.write(piece, at - SECTOR);
            case SHIFTED_BY_A_PAGE -> file.write(Arrays.copyOf(piece, piece.length - 8 * SECTOR), at + 8L * SECTOR);
            case SHIFTED_BY_ONE_BYTE -> file.write(Arrays.copyOf(piece, piece.length - 1), at + 1);
            case TORN_IN_THE_MIDDLE -> file.write(Arrays.copyOf(piece, middle), at);
            case TORN_BEFORE_THE_LAST_SECTOR -> file.write(Arrays.copyOf(piece, piece.length - SECTOR), at);
            case TORN_AT_THE_START -> file.write(Arrays.copyOfRange(piece, SECTOR, piece.length), at + SECTOR);
            case ONE_SECTOR_LOST -> {
                file.write(Arrays.copyOf(piece, middle), at);
                file.write(Arrays.copyOfRange(piece, middle + SECTOR, piece.length), at + middle + SECTOR);
            }
            case ONE_SECTOR_ZEROED -> {
                Arrays.fill(piece, middle, middle + SECTOR, (byte) 0);
                file.write(piece, at);
            }
            case ONE_SECTOR_TWICE -> {
                move(piece, middle, piece, middle + SECTOR, SECTOR);
                file.write(piece, at);
            }
            case TWO_SECTORS_EXCHANGED -> {
                byte[] one = Arrays.copyOfRange(piece, middle, middle + SECTOR);
                move(piece, middle + SECTOR, piece, middle, SECTOR);
                move(one, 0, piece, middle + SECTOR, SECTOR);
                file.write(piece, at);
            }
            case ONE_BIT_FLIPPED -> {
                piece[middle + 77] ^= 0x10;
                file.write(piece, at);
            }
            case DROPPED -> {}
            case WRITTEN_ELSEWHERE_TOO -> {
                file.write(piece, at);
                file.write(Arrays.copyOf(piece, SECTOR), at - 3 * SECTOR);
            }
            case WRITTEN_TO_ANOTHER_CHUNK -> file.write(piece, at - piece.length);
            case BYTES_OF_A_WORD_REVERSED -> {
                ByteBuffer word = ByteBuffer.wrap(piece);
                word.putLong(middle, Long.reverseBytes(word.getLong(middle)));
                file.write(piece, at);
            }
            case BEGINS_TOO_EARLY -> {
                file.write(piece, at);
                file.write(new byte[] {1, 2, 3}, at - 3);
            }
            case CLEARED_TOO_MUCH, NOT_CLEARED -> throw new IllegalStateException("not a fault of writing");
        }
    }

    private static void move(byte[] from, int at, byte[] to, int place, int count) {
        System.arraycopy(from, at, to, place, count);
    }
}
