package io.hvkit.qemu.internal.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.qemu.internal.copy.CopyTerms.Earlier;
import io.hvkit.qemu.internal.copy.CopyTerms.Proof;
import io.hvkit.qemu.internal.copy.CopyTerms.Zeroes;
import io.hvkit.qemu.internal.luks.AesXts;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies between disks in memory, which tell what was done to them, and do it wrong where that was planted. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DiskCopyTest {

    private static final int CHUNK = 64 << 10;
    private static final int OFFSET = 8192;
    private static final int SIZE = 5 * CHUNK + 1536;
    private static final CopyTerms PLAIN =
            new CopyTerms(3, CHUNK, Zeroes.WRITTEN, 4096, 0, Earlier.NOTHING, Proof.DIGESTS);

    private final byte[] key = random(64, 1);
    private final byte[] content = content();

    @ParameterizedTest
    @ValueSource(ints = {512, 4096, CHUNK - 512, CHUNK, CHUNK + 512, 3 * CHUNK, SIZE})
    void any_size_between_plain_and_encrypted_disks_is_copied_to_its_last_byte(int size) throws Exception {
        byte[] part = Arrays.copyOf(content, size);
        byte[] other = random(64, 2);
        MemoryFile sealed = dirty(OFFSET + size);
        MemoryFile sealedAgain = dirty(OFFSET + size);
        MemoryFile opened = dirty(size);

        copy(Disk.plain(new MemoryFile(part), size), encrypted(sealed, size, key), size, PLAIN);
        copy(encrypted(sealed, size, key), encrypted(sealedAgain, size, other), size, PLAIN);
        copy(encrypted(sealedAgain, size, other), Disk.plain(opened, size), size, with(Zeroes.CLEARED));

        assertThat(decrypted(sealed, key)).isEqualTo(part);
        assertThat(decrypted(sealedAgain, other)).isEqualTo(part);
        assertThat(opened.content()).isEqualTo(part);
        for (MemoryFile file : List.of(sealed, sealedAgain)) {
            assertThat(Arrays.copyOf(file.content(), OFFSET)).as("the header").containsOnly(9);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void ranges_are_copied_alone_whatever_the_number_of_threads(int threads) throws Exception {
        CopyTerms terms = new CopyTerms(threads, CHUNK, Zeroes.WRITTEN, 4096, 0, Earlier.NOTHING, Proof.DIGESTS);
        MemoryFile file = dirty(SIZE);
        DiskCopy copy = new DiskCopy(Disk.plain(new MemoryFile(content), SIZE), Disk.plain(file, SIZE), SIZE, terms);
        int from = 4096;
        int to = 2 * CHUNK + 1024;
        List<Long> heard = new ArrayList<>();

        copy.copy(from, to, heard::add);

        byte[] expected = new byte[SIZE];
        Arrays.fill(expected, (byte) 9);
        System.arraycopy(content, from, expected, from, to - from);
        assertThat(file.content()).isEqualTo(expected);
        assertThat(heard).isSorted().endsWith((long) to - from);
        assertThat(copy.verify(from, to, done -> {})).isEmpty();
    }

    @Test
    void behind_the_sources_end_there_are_zeroes() throws Exception {
        byte[] odd = Arrays.copyOf(random(1000, 5), 1000);
        MemoryFile file = dirty(OFFSET + SIZE);

        copy(Disk.plain(new MemoryFile(odd), 1024), encrypted(file, SIZE, key), SIZE, PLAIN);

        assertThat(decrypted(file, key)).isEqualTo(Arrays.copyOf(odd, SIZE));
    }

    @Test
    void zeroes_are_spared_cleared_or_written_and_never_spared_under_a_key() throws Exception {
        long zeroes = zeroes();
        MemoryFile spared = new MemoryFile(new byte[SIZE]);
        copy(Disk.plain(new MemoryFile(content), SIZE), Disk.plain(spared, SIZE), SIZE, with(Zeroes.SPARED));
        assertThat(spared.content()).isEqualTo(content);
        assertThat(spared.written.get()).isEqualTo(SIZE - zeroes);

        MemoryFile cleared = dirty(SIZE);
        copy(Disk.plain(new MemoryFile(content), SIZE), Disk.plain(cleared, SIZE), SIZE, with(Zeroes.CLEARED));
        assertThat(cleared.content()).isEqualTo(content);
        assertThat(cleared.written.get()).isEqualTo(SIZE - zeroes);
        assertThat(cleared.cleared.get()).isEqualTo(zeroes);

        MemoryFile sealed = dirty(OFFSET + SIZE);
        copy(Disk.plain(new MemoryFile(content), SIZE), encrypted(sealed, SIZE, key), SIZE, with(Zeroes.SPARED));
        assertThat(decrypted(sealed, key)).isEqualTo(content);
        assertThat(sealed.written.get()).isEqualTo(SIZE);
        assertThat(sealed.cleared.get()).isZero();
    }

    @Test
    void zeroes_that_nobody_can_make_are_written() throws Exception {
        MemoryFile file = new MemoryFile(random(SIZE, 3)) {
            @Override
            public synchronized boolean clear(long at, long length) {
                return false;
            }
        };

        copy(Disk.plain(new MemoryFile(content), SIZE), Disk.plain(file, SIZE), SIZE, with(Zeroes.CLEARED));

        assertThat(file.content()).isEqualTo(content);
    }

    @Test
    void short_runs_of_zeroes_are_written_if_only_long_ones_count() throws Exception {
        MemoryFile file = new MemoryFile(new byte[SIZE]);
        CopyTerms terms = new CopyTerms(2, CHUNK, Zeroes.SPARED, CHUNK, 0, Earlier.NOTHING, Proof.NONE);

        new DiskCopy(Disk.plain(new MemoryFile(content), SIZE), Disk.plain(file, SIZE), SIZE, terms)
                .copy(0, SIZE, done -> {});

        assertThat(file.content()).isEqualTo(content);
        assertThat(file.written.get()).isEqualTo(SIZE - CHUNK);
    }

    @Test
    void what_an_earlier_copy_left_is_not_written_again_and_what_differs_is() throws Exception {
        MemoryFile file = dirty(OFFSET + SIZE);
        copy(Disk.plain(new MemoryFile(content), SIZE), encrypted(file, SIZE, key), SIZE, PLAIN);
        byte[] changed = content.clone();
        changed[3 * CHUNK + 5] ^= 1;
        MemoryFile again = new MemoryFile(file.content());
        CopyTerms terms = new CopyTerms(2, CHUNK, Zeroes.WRITTEN, 4096, 0, Earlier.PART, Proof.DIGESTS);

        copy(Disk.plain(new MemoryFile(changed), SIZE), encrypted(again, SIZE, key), SIZE, terms);

        assertThat(decrypted(again, key)).isEqualTo(changed);
        assertThat(again.written.get()).isEqualTo(CHUNK);
    }

    @ParameterizedTest
    @EnumSource
    void what_storage_does_wrong_without_a_word_is_found_by_the_proof(PlantedFault fault) throws Exception {
        for (boolean encrypts : new boolean[] {true, false}) {
            if (encrypts && fault.isAboutClearing()) {
                continue; // nothing is cleared there
            }
            int offset = encrypts ? OFFSET : 0;
            MemoryFile file = fault.in(random(offset + SIZE, 3), offset + 2 * CHUNK + 4096);
            Disk target = encrypts ? encrypted(file, SIZE, key) : Disk.plain(file, SIZE);
            CopyTerms terms = new CopyTerms(1, CHUNK, Zeroes.CLEARED, 4096, 0, Earlier.NOTHING, Proof.DIGESTS);
            DiskCopy copy = new DiskCopy(Disk.plain(new MemoryFile(content), SIZE), target, SIZE, terms);

            copy.copy(0, SIZE, done -> {});

            byte[] read = encrypts ? decrypted(file, key) : file.content();
            assertThat(read).as("%s, a byte reader", fault).isNotEqualTo(content);
            int first = Arrays.mismatch(read, content);
            assertThat(copy.verify(0, SIZE, done -> {}))
                    .as("%s, the proof", fault)
                    .hasValue((long) first / CHUNK * CHUNK);
        }
    }

    @Test
    void a_source_that_shrinks_is_a_failure_and_no_zeroes() throws Exception {
        MemoryFile shorter = new MemoryFile(Arrays.copyOf(content, SIZE - 512));
        DiskCopy copy = new DiskCopy(Disk.plain(shorter, SIZE), Disk.plain(dirty(SIZE), SIZE), SIZE, PLAIN);

        assertThatExceptionOfType(EOFException.class).isThrownBy(() -> copy.copy(0, SIZE, done -> {}));
    }

    @Test
    void the_first_failure_of_any_thread_ends_all_and_none_is_left() {
        MemoryFile broken = new MemoryFile(content) {
            @Override
            public synchronized void read(ByteBuffer buffer, long at) {
                if (at >= 2 * CHUNK) {
                    throw new UnsupportedOperationException("planted");
                }
                super.read(buffer, at);
            }
        };
        MemoryFile full = new MemoryFile(new byte[SIZE]) {
            @Override
            public synchronized void write(ByteBuffer buffer, long at) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        DiskCopy reading = new DiskCopy(Disk.plain(broken, SIZE), Disk.plain(dirty(SIZE), SIZE), SIZE, PLAIN);
        DiskCopy writing = new DiskCopy(Disk.plain(new MemoryFile(content), SIZE), Disk.plain(full, SIZE), SIZE, PLAIN);

        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> reading.copy(0, SIZE, done -> {}))
                .withRootCauseInstanceOf(UnsupportedOperationException.class);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> writing.copy(0, SIZE, done -> {}))
                .withMessage("No space left on device");
        assertNoThreads();
    }

    @Test
    void an_interruption_and_a_watch_that_throws_end_it_and_no_thread_is_left() throws Exception {
        CopyTerms slow = new CopyTerms(2, CHUNK, Zeroes.WRITTEN, 4096, 1024, Earlier.NOTHING, Proof.NONE);
        DiskCopy copy =
                new DiskCopy(Disk.plain(new MemoryFile(content), SIZE), Disk.plain(dirty(SIZE), SIZE), SIZE, slow);
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> copy.copy(0, SIZE, done -> {
                    throw new IllegalStateException("stop");
                }))
                .withMessage("stop");
        assertNoThreads();
        CountDownLatch under = new CountDownLatch(1);
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread caller = new Thread(() -> {
            try {
                copy.copy(0, SIZE, done -> under.countDown());
            } catch (IOException | InterruptedException e) {
                thrown.set(e);
            }
        });
        caller.start();
        under.await();
        caller.interrupt();
        caller.join();
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertNoThreads();
    }

    @Test
    void a_limit_holds_for_all_threads_together() throws Exception {
        CopyTerms slow = new CopyTerms(3, CHUNK, Zeroes.WRITTEN, 4096, 2 << 20, Earlier.NOTHING, Proof.NONE);
        long start = System.nanoTime();

        new DiskCopy(Disk.plain(new MemoryFile(content), SIZE), Disk.plain(dirty(SIZE), SIZE), SIZE, slow)
                .copy(0, SIZE, done -> {});

        // The last chunk begins when those before it have had their time.
        assertThat(System.nanoTime() - start).isGreaterThan((long) (5L * CHUNK * 1e9 / (2 << 20)));
    }

    @Test
    void nothing_outside_of_a_disk_is_touched_and_a_closed_one_has_no_key() throws Exception {
        byte[] own = key.clone();
        Disk disk = Disk.encrypted(dirty(OFFSET + SIZE), OFFSET, SIZE, own);
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> DiskCopy.write(disk, new byte[1024], SIZE - 512));
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> DiskCopy.write(disk, new byte[1024], -512));

        disk.close();

        assertThat(own).containsOnly(0);
    }

    private static void copy(Disk source, Disk target, int size, CopyTerms terms) throws Exception {
        DiskCopy copy = new DiskCopy(source, target, size, terms);
        copy.copy(0, size, done -> {});
        assertThat(copy.verify(0, size, done -> {})).isEmpty();
    }

    private static CopyTerms with(Zeroes zeroes) {
        return new CopyTerms(3, CHUNK, zeroes, 4096, 0, Earlier.NOTHING, Proof.DIGESTS);
    }

    private static Disk encrypted(MemoryFile file, int size, byte[] key) {
        return Disk.encrypted(file, OFFSET, size, key.clone());
    }

    /** Another reader: sector by sector. */
    private static byte[] decrypted(MemoryFile file, byte[] key) {
        byte[] all = file.content();
        try (AesXts xts = AesXts.decrypting(key)) {
            for (int at = OFFSET; at < all.length; at += 512) {
                xts.run(all, at, 512, (at - OFFSET) / 512);
            }
        }
        return Arrays.copyOfRange(all, OFFSET, all.length);
    }

    /** Random bytes, a chunk of zeroes, and zeroes that lie across and inside of chunks. */
    private static byte[] content() {
        byte[] bytes = random(SIZE, 4);
        Arrays.fill(bytes, CHUNK, 2 * CHUNK, (byte) 0);
        Arrays.fill(bytes, 4 * CHUNK - 8192, 4 * CHUNK + 4096, (byte) 0);
        Arrays.fill(bytes, 2 * CHUNK + 16384 + 512, 2 * CHUNK + 16384 + 4096, (byte) 0); // no whole granule
        return bytes;
    }

    private static long zeroes() {
        return CHUNK + 8192 + 4096;
    }

    private static MemoryFile dirty(int size) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) 9);
        return new MemoryFile(bytes);
    }

    private static byte[] random(int size, long seed) {
        byte[] bytes = new byte[size];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static void assertNoThreads() {
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(t -> t.getName().startsWith("hvkit-copy-"));
    }
}
