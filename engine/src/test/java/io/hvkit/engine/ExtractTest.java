package io.hvkit.engine;

import static io.hvkit.engine.Refusals.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.job.RecoveryReport.Verdict;
import io.hvkit.engine.volume.ExtractRequest;
import io.hvkit.engine.volume.Extraction;
import io.hvkit.engine.volume.PlaintextAuthorisation;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.MachineDisk;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.VolumeUse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is taken out of the house is under a key that was given, or somebody has decided otherwise. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ExtractTest {

    private static final Path FILE = Path.of("/in-memory/export.img");
    private static final PlaintextAuthorisation LEAVE = new PlaintextAuthorisation("alice", "the customer moves out");
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path folder;

    private SnapshotWorld world;
    private HvKit hvkit;
    private final Secret given = Secret.random();

    @BeforeEach
    void open() throws Exception {
        world = new SnapshotWorld(folder, SnapshotWorld.inMemory());
        hvkit = world.process();
    }

    @AfterEach
    void close() {
        hvkit.close();
        given.close();
    }

    private VolumeRecord encrypted() throws InterruptedException {
        VolumeRecord made = world.create(world.plain().encrypted());
        world.write(made, 3, (byte) 42);
        return made;
    }

    private VolumeRecord plain() throws InterruptedException {
        VolumeRecord made = world.create(world.plain());
        world.write(made, 3, (byte) 42);
        return made;
    }

    private ExtractRequest request(VolumeRecord volume) {
        return ExtractRequest.of(volume.id(), world.host.id(), FILE);
    }

    private byte[] read(DiskImage image) {
        return world.storage.files().read(image, 0, (int) SnapshotWorld.SIZE.bytes());
    }

    private static DiskImage at(ImageFormat format) {
        return DiskImage.at(new Attachment.ImageFile(FILE), format);
    }

    private boolean isThere() throws InterruptedException {
        try (EndPoint host = world.storage.files().open()) {
            return host.images().inspect(at(ImageFormat.QCOW2)).size().compareTo(ByteSize.ZERO) > 0;
        } catch (DriverException e) {
            assertThat(e.failure()).isEqualTo(Failure.NOT_FOUND);
            return false;
        }
    }

    /** The volume is lent to nobody, and no other key than its own is in use. */
    private void checkThatNothingIsLeft(VolumeRecord volume, String when) throws InterruptedException {
        assertThat(world.storage.usesOf(SnapshotWorld.nameOf(volume)))
                .as(when)
                .allMatch(use -> use.reason() == VolumeUse.Reason.MACHINE);
        assertThat(active()).as(when).isEqualTo(volume.key().stream().toList());
        try (Catalog catalog = world.catalog()) {
            List<OperationRecord> open =
                    catalog.inTransaction(transaction -> transaction.journal().open());
            assertThat(open).as(when).isEmpty();
        }
    }

    private List<RecordId<KeyRecord>> active() throws InterruptedException {
        try (Catalog catalog = world.catalog()) {
            return catalog.inTransaction(
                    transaction -> transaction.keys().where(KeyRecord.STATE, KeyRecord.State.ACTIVE).stream()
                            .map(KeyRecord::id)
                            .toList());
        }
    }

    @Test
    void an_encrypted_volume_is_extracted_under_the_key_that_is_given_and_its_own_opens_nothing_there()
            throws Exception {
        VolumeRecord volume = encrypted();
        RecordId<VolumeRecord> id = volume.id();
        Path file = FILE;
        // tag::extract[]
        Extraction export = hvkit.volumes()
                .extract(ExtractRequest.of(id, world.host.id(), file).encryptedBy(given))
                .await();
        // end::extract[]

        assertThat(export.attestation()).isPresent();
        assertThat(export.size()).isEqualTo(SnapshotWorld.SIZE);
        assertThat(read(at(ImageFormat.QCOW2).unlockedBy(given))).isEqualTo(world.content(volume));
        try (Catalog catalog = world.catalog();
                Secret own = world.vault(catalog).open(volume.key().orElseThrow())) {
            refused(Failure.BAD_CREDENTIALS, () -> read(at(ImageFormat.QCOW2).unlockedBy(own)));
        }
        checkThatNothingIsLeft(volume, "extracted");
        assertThat(hvkit.volumes().find(id)).contains(volume);
    }

    @Test
    void a_passphrase_of_a_person_is_known_as_such_when_the_file_is_made() throws Exception {
        VolumeRecord volume = encrypted();
        AtomicReference<Secret.Strength> seen = new AtomicReference<>();
        try (Secret chosen = Secret.copyOf("correct horse".getBytes(StandardCharsets.UTF_8))) {
            hvkit.volumes()
                    .extract(request(volume).encryptedBy(chosen).as(ImageFormat.LUKS))
                    .await();
            try (Catalog catalog = world.catalog()) {
                KeyRecord retired = catalog.inTransaction(transaction -> transaction
                        .keys()
                        .where(KeyRecord.STATE, KeyRecord.State.RETIRED)
                        .get(0));
                try (Secret kept = world.vault(catalog).open(retired.id())) {
                    seen.set(kept.strength());
                }
            }
            assertThat(read(at(ImageFormat.LUKS).unlockedBy(chosen))).isEqualTo(world.content(volume));
        }
        assertThat(seen).hasValue(Secret.Strength.UNKNOWN);
    }

    @Test
    void what_is_encrypted_is_laid_open_only_if_somebody_decides_so_and_the_journal_says_who() throws Exception {
        VolumeRecord volume = encrypted();

        DriverException closed = refused(
                Failure.INVALID_REQUEST,
                () -> hvkit.volumes().extract(request(volume)).await());

        assertThat(closed)
                .hasMessage(
                        "volume root is encrypted, and /in-memory/export.img would lie in clear; say encryptedBy(a key),"
                                + " or inClear(who authorises that)");
        assertThat(isThere()).isFalse();
        Job<Extraction> job =
                hvkit.volumes().extract(request(volume).inClear(LEAVE).as(ImageFormat.RAW));
        Extraction open = job.await();
        assertThat(open.attestation()).isEmpty();
        assertThat(read(at(ImageFormat.RAW))).isEqualTo(world.content(volume));
        try (Catalog catalog = world.catalog()) {
            OperationRecord record = catalog.inTransaction(
                    transaction -> transaction.journal().find(job.id()).orElseThrow());
            assertThat(record.request().text("authorised-by")).isEqualTo("alice");
            assertThat(record.request().text("reason")).isEqualTo("the customer moves out");
        }
        checkThatNothingIsLeft(volume, "laid open");
    }

    @Test
    void a_plain_volume_needs_nobodys_leave_and_may_get_a_key_on_its_way() throws Exception {
        VolumeRecord volume = plain();
        hvkit.volumes().extract(request(volume)).await();
        assertThat(read(at(ImageFormat.QCOW2))).isEqualTo(world.content(volume));
        world.storage.files().remove(new Attachment.ImageFile(FILE));

        hvkit.volumes()
                .extract(request(volume).as(ImageFormat.LUKS).encryptedBy(given))
                .await();

        assertThat(read(at(ImageFormat.LUKS).unlockedBy(given))).isEqualTo(world.content(volume));
        checkThatNothingIsLeft(volume, "extracted twice");
    }

    @Test
    void what_is_there_is_never_written_over() throws Exception {
        VolumeRecord volume = plain();
        world.storage.files().blank(new Attachment.ImageFile(FILE), SnapshotWorld.SIZE);

        DriverException taken = refused(
                Failure.EXISTS_DIFFERENTLY,
                () -> hvkit.volumes().extract(request(volume)).await());
        refused(
                Failure.EXISTS_DIFFERENTLY,
                () -> hvkit.volumes()
                        .extract(request(volume).as(ImageFormat.RAW))
                        .await());

        assertThat(taken)
                .hasMessageContaining("has something at /in-memory/export.img, which is left alone; take another");
        assertThat(read(at(ImageFormat.RAW))).containsOnly(0);
        checkThatNothingIsLeft(volume, "taken");
    }

    @Test
    void bad_requests_are_refused_by_name_and_leave_nothing() throws Exception {
        VolumeRecord volume = encrypted();
        assertThat(refused(
                        Failure.INVALID_REQUEST,
                        () -> hvkit.volumes()
                                .extract(request(volume).as(ImageFormat.RAW).encryptedBy(given))
                                .await()))
                .hasMessageContaining("is to be RAW and encrypted; ask for it as(LUKS) or as(QCOW2)");
        assertThat(refused(
                        Failure.INVALID_REQUEST,
                        () -> hvkit.volumes()
                                .extract(request(volume).as(ImageFormat.LUKS).inClear(LEAVE))
                                .await()))
                .hasMessageContaining("is to be LUKS and has no key; say encryptedBy(a key), or as(QCOW2)");
        refused(
                Failure.NOT_FOUND,
                () -> hvkit.volumes()
                        .extract(ExtractRequest.of(new RecordId<>("nowhere"), world.host.id(), FILE))
                        .await());
        for (String path : List.of("export.img", "/srv/../etc/passwd", "/", "/srv/a\nb")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> ExtractRequest.of(volume.id(), world.host.id(), Path.of(path)))
                    .withMessageContaining("to an absolute path without . and .. and control characters");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request(volume).as(ImageFormat.VMDK))
                .withMessageContaining("as RAW, LUKS or QCOW2, not as VMDK");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request(volume).encryptedBy(given).inClear(LEAVE));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> request(volume).inClear(LEAVE).encryptedBy(given));
        assertThatIllegalArgumentException().isThrownBy(() -> new PlaintextAuthorisation(" ", "why"));
        assertThatIllegalArgumentException().isThrownBy(() -> new PlaintextAuthorisation("who", "a\nb"));
        assertThat(request(volume).encryptedBy(given).toString()).contains("export.img");
        assertThat(isThere()).isFalse();
        checkThatNothingIsLeft(volume, "refused");
    }

    @Test
    void a_volume_with_which_a_machine_runs_or_that_another_host_has_stays_in_the_house() throws Exception {
        VolumeRecord volume = encrypted();
        world.start(volume);

        DriverException runs = refused(
                Failure.IN_USE,
                () -> hvkit.volumes()
                        .extract(request(volume).encryptedBy(given))
                        .await());

        assertThat(runs)
                .hasMessageContaining("is used by machine web-01")
                .hasMessageContaining("or take a snapshot, and extract a volume made of that");
        assertThat(isThere()).isFalse();
        checkThatNothingIsLeft(volume, "runs");
        world.hosts.end();
        RecordId<HostRecord> other = hvkit.inventory()
                .addHost(world.host.cluster(), HostRequest.named("h2"))
                .id();
        DriverException elsewhere = refused(
                Failure.IN_USE,
                () -> hvkit.volumes()
                        .extract(ExtractRequest.of(volume.id(), other, FILE).encryptedBy(given))
                        .await());
        assertThat(elsewhere).hasMessageContaining("for machine web-01; extract it there, or detach it");
        hvkit.volumes().extract(request(volume).encryptedBy(given)).await();
        assertThat(isThere()).isTrue();
        checkThatNothingIsLeft(volume, "where it is attached");
    }

    @Test
    void the_same_question_is_the_same_job_and_another_key_is_another_question() throws Exception {
        VolumeRecord volume = encrypted();
        Job<Extraction> first =
                hvkit.volumes().under("export-1").extract(request(volume).encryptedBy(given));
        first.await();

        Job<Extraction> again =
                hvkit.volumes().under("export-1").extract(request(volume).encryptedBy(given));

        assertThat(again.id()).isEqualTo(first.id());
        assertThat(again.await()).isEqualTo(first.await());
        try (Secret another = Secret.random()) {
            DriverException differs = refused(
                    Failure.EXISTS_DIFFERENTLY,
                    () -> hvkit.volumes()
                            .under("export-1")
                            .extract(request(volume).encryptedBy(another)));
            assertThat(differs).hasMessageContaining("another key was given when this was asked for first");
        }
        checkThatNothingIsLeft(volume, "asked again");
    }

    @Test
    void a_key_that_was_given_for_what_was_never_begun_is_destroyed_as_those_that_nobody_needs() throws Exception {
        VolumeRecord volume = encrypted();
        CountDownLatch copies = new CountDownLatch(1);
        world.atEachCall(call -> {
            if (call.equals("copy")) {
                untilInterrupted(copies);
            }
        });
        Job<Extraction> first = hvkit.volumes().extract(request(volume).encryptedBy(given));
        assertThat(copies.await(1, TimeUnit.MINUTES)).isTrue();

        refused(
                Failure.OPERATION_PENDING,
                () -> hvkit.volumes().extract(request(volume).encryptedBy(given)));

        assertThat(leftovers(first.cancel(PATIENCE))).isEmpty();
        checkThatNothingIsLeft(volume, "never begun");
        for (long minutes = 0; minutes <= Keys.SHORTEST_GRACE.toMinutes(); minutes++) {
            world.waitForLeases();
        }
        assertThat(hvkit.keys().destroyUnneeded(Keys.SHORTEST_GRACE)).hasSize(2);
    }

    /** Says that a host is at work, which goes on until somebody interrupts it. */
    private static void untilInterrupted(CountDownLatch begun) {
        begun.countDown();
        try {
            boolean isOver = new CountDownLatch(1).await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            throw new AssertionError("nobody has interrupted it: " + isOver);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void who_cancels_while_it_is_copied_finds_nothing_there() throws Exception {
        VolumeRecord volume = encrypted();
        CountDownLatch copies = new CountDownLatch(1);
        world.atEachCall(call -> {
            if (call.equals("copy")) {
                untilInterrupted(copies);
            }
        });
        Job<Extraction> job = hvkit.volumes().extract(request(volume).encryptedBy(given));
        assertThat(copies.await(1, TimeUnit.MINUTES)).isTrue();

        JobEnd<Extraction> end = job.cancel(PATIENCE);

        assertThat(leftovers(end)).isEmpty();
        assertThat(isThere()).isFalse();
        checkThatNothingIsLeft(volume, "cancelled");
    }

    @Test
    void who_cancels_when_the_file_is_whole_is_told_of_it() throws Exception {
        VolumeRecord volume = encrypted();
        CountDownLatch compares = new CountDownLatch(1);
        world.atEachCall(call -> {
            if (call.equals("areEqual")) {
                untilInterrupted(compares);
            }
        });
        Job<Extraction> job = hvkit.volumes().extract(request(volume).encryptedBy(given));
        assertThat(compares.await(1, TimeUnit.MINUTES)).isTrue();

        JobEnd<Extraction> end = job.cancel(PATIENCE);

        assertThat(leftovers(end)).singleElement().asString().contains("at /in-memory/export.img; remove it if nobody");
        assertThat(isThere()).isTrue();
        checkThatNothingIsLeft(volume, "cancelled late");
    }

    @Test
    void a_volume_that_cannot_be_taken_from_the_host_is_told_of_and_the_key_that_was_given_goes_all_the_same()
            throws Exception {
        VolumeRecord volume = encrypted();
        world.atEachCall(call -> {
            if (call.equals("detach")) {
                throw DriverException.because(Failure.UNREACHABLE).message("the pool does not answer");
            }
        });

        JobEnd<Extraction> end =
                hvkit.volumes().extract(request(volume).encryptedBy(given)).await(PATIENCE);

        assertThat(leftovers(end))
                .anySatisfy(
                        left -> assertThat(left).contains("step lend was not taken back: the pool does not answer"));
        assertThat(isThere()).isTrue();
        assertThat(active()).isEqualTo(volume.key().stream().toList());
        assertThat(world.storage.usesOf(SnapshotWorld.nameOf(volume)))
                .extracting(VolumeUse::reason)
                .containsExactly(VolumeUse.Reason.COPY);

        world.atEachCall(call -> {});
        hvkit.volumes().tidy(volume.id()).await();

        checkThatNothingIsLeft(volume, "tidied up");
    }

    /** Has a machine begin to run with a volume once, right before a host is asked for something. */
    private void runBefore(String wanted, VolumeRecord volume) throws InterruptedException {
        hvkit.volumes().attach(volume.id(), world.host.id(), SnapshotWorld.WEB).await();
        MachineDisk disk = new MachineDisk(new VolumeId("vda"), world.storage.place(SnapshotWorld.nameOf(volume)));
        byte[] content = world.content(volume);
        boolean[] runs = {false};
        world.atEachCall(call -> {
            if (call.equals(wanted) && !runs[0]) {
                runs[0] = true;
                world.hosts.run(SnapshotWorld.WEB, disk, content);
            }
        });
    }

    @Test
    void a_machine_that_begins_to_run_before_it_is_copied_keeps_the_volume_to_itself() throws Exception {
        VolumeRecord volume = encrypted();
        runBefore("inspect", volume);

        refused(
                Failure.IN_USE,
                () -> hvkit.volumes()
                        .extract(request(volume).encryptedBy(given))
                        .await());

        assertThat(isThere()).isFalse();
        checkThatNothingIsLeft(volume, "begun to run");
    }

    @Test
    void what_was_copied_while_a_machine_began_to_run_is_no_extraction() throws Exception {
        VolumeRecord volume = encrypted();
        runBefore("areEqual", volume);

        JobEnd<Extraction> end =
                hvkit.volumes().extract(request(volume).encryptedBy(given)).await(PATIENCE);

        assertThat(leftovers(end)).singleElement().asString().contains("remove it if nobody");
        checkThatNothingIsLeft(volume, "begun to run");
    }

    @Test
    void what_is_no_copy_of_the_volume_is_no_extraction() throws Exception {
        VolumeRecord volume = encrypted();
        world.atEachCall(call -> {
            if (call.equals("areEqual")) {
                try {
                    world.write(volume, 4, (byte) 7);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        });

        assertThat(refused(
                        Failure.CORRUPT_DATA,
                        () -> hvkit.volumes()
                                .extract(request(volume).encryptedBy(given))
                                .await()))
                .hasMessageContaining("is no copy of volume " + volume.id());
        checkThatNothingIsLeft(volume, "spoilt");
    }

    @Test
    void nobody_extracts_to_where_another_one_does() throws Exception {
        VolumeRecord first = encrypted();
        VolumeRecord second = world.create(VolumeRequest.blank("other", SnapshotWorld.SIZE, world.pool.id())
                .as(ImageFormat.QCOW2));
        CountDownLatch copies = new CountDownLatch(1);
        world.atEachCall(call -> {
            if (call.equals("copy")) {
                untilInterrupted(copies);
            }
        });
        Job<Extraction> job = hvkit.volumes().extract(request(first).encryptedBy(given));
        assertThat(copies.await(1, TimeUnit.MINUTES)).isTrue();

        refused(Failure.OPERATION_PENDING, () -> hvkit.volumes().extract(request(second)));

        assertThat(leftovers(job.cancel(PATIENCE))).isEmpty();
    }

    private static List<String> leftovers(JobEnd<Extraction> end) {
        return end.match(
                done -> List.of("it is done"), detached -> List.of("it goes on"), stopped -> stopped.leftovers());
    }

    @Test
    void progress_is_told_of() throws Exception {
        VolumeRecord volume = plain();
        CountDownLatch told = new CountDownLatch(1);
        CountDownLatch listened = new CountDownLatch(1);
        world.atEachCall(call -> {
            if (call.equals("copy")) {
                await(listened);
            }
        });
        Job<Extraction> job = hvkit.volumes().extract(request(volume));
        job.onProgress(progress -> told.countDown());
        listened.countDown();

        job.await();

        assertThat(told.await(1, TimeUnit.MINUTES)).isTrue();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void whenever_a_process_dies_there_is_nothing_or_all_of_it_and_another_one_finishes() throws Exception {
        Fuse whole = Fuse.counting();
        VolumeRecord first = encrypted();
        world.run(engine -> ask(engine, first), whole);
        assertThat(whole.moments()).isGreaterThan(20);
        for (int moment : Moments.each(Moments.apart(5), whole.moments())) {
            world.storage.files().remove(new Attachment.ImageFile(FILE));
            String when = "dead at moment " + moment + " of " + whole.moments() + ", " + Moments.seed();
            String key = "export-" + moment;
            world.run(
                    engine -> engine.volumes().under(key).extract(request(first).encryptedBy(given)),
                    Fuse.burningAt(moment));
            assertThat(world.recover().findings()).as(when).allMatch(found -> found.verdict() == Verdict.FINISHED);

            Extraction found = hvkit.volumes()
                    .under(key)
                    .extract(request(first).encryptedBy(given))
                    .await();

            assertThat(found.file()).as(when).isEqualTo(FILE);
            assertThat(read(at(ImageFormat.QCOW2).unlockedBy(given))).as(when).isEqualTo(world.content(first));
            checkThatNothingIsLeft(first, when);
        }
    }

    private Job<Extraction> ask(HvKit engine, VolumeRecord volume) throws InterruptedException {
        return engine.volumes().under("export-0").extract(request(volume).encryptedBy(given));
    }
}
