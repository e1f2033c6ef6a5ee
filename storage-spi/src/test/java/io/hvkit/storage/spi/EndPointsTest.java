package io.hvkit.storage.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFacts;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Progress;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import io.hvkit.storage.spi.EncryptionSupport.LuksVersion;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What reaches an end point, and what of its answers reaches a caller. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EndPointsTest {

    private static final HostId HOST = new HostId("h1");
    private static final HostId OTHER = new HostId("h2");
    private static final ByteSize SIZE = ByteSize.mebibytes(1);
    private static final Attachment FILE = new Attachment.ImageFile(Path.of("/pool/a"));
    private static final Attachment COPY = new Attachment.ImageFile(Path.of("/pool/b"));
    private static final Attachment DEVICE = new Attachment.BlockDevice(Path.of("/dev/disk/by-id/emc-vol-1"));
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

    private final Secret key = Secret.random();
    private final Secret wiped = Secret.random();
    private final AskedEndPoint asked = new AskedEndPoint(HOST);
    private final EndPoints endPoints = EndPoints.none().add(asked);
    private final Images images = endPoints.of(HOST).images();
    private final LuksVolumes luks = endPoints.of(HOST).luks().orElseThrow();

    EndPointsTest() {
        wiped.close();
    }

    @AfterEach
    void wipe() {
        key.close();
    }

    private static DiskImage raw(Attachment place) {
        return DiskImage.at(place, ImageFormat.RAW);
    }

    private DiskImage luks(Attachment place) {
        return DiskImage.at(place, ImageFormat.LUKS).unlockedBy(key);
    }

    private static DiskImage qcow2(Attachment place) {
        return DiskImage.at(place, ImageFormat.QCOW2);
    }

    private static LuksAttestation proof(ImageFormat container) {
        return new LuksAttestation(container, LuksVersion.LUKS1, "u-1", "aes-xts-plain64", 512, Set.of(0));
    }

    private static ImageReport report(ImageFormat format, ByteSize size, Optional<LuksAttestation> proof) {
        return new ImageReport(format, size, proof, List.of(), List.of());
    }

    /** Counts what reaches it, and answers as it is told. */
    private static final class AskedEndPoint implements EndPoint, Images, LuksVolumes {

        private final HostId host;
        private int calls;
        private int closed;
        private int scans;
        private ImageReport answer = report(ImageFormat.RAW, SIZE, Optional.empty());
        private LuksAttestation attestation = proof(ImageFormat.LUKS);
        private Optional<RuntimeException> trouble = Optional.empty();

        AskedEndPoint(HostId host) {
            this.host = host;
        }

        private <T> T answering(T answered) {
            calls++;
            trouble.ifPresent(thrown -> {
                throw thrown;
            });
            return answered;
        }

        @Override
        public HostId host() {
            return host;
        }

        @Override
        public HostFacts probe() {
            return answering(HostFacts.at(NOW)
                    .having(HostFeature.QEMU_IMG, "it answers")
                    .lacking(HostFeature.VOLUME_ENCRYPTION, "cryptsetup is missing")
                    .unprobed(HostFeature.POWERFLEX_CLIENT, "nobody looks"));
        }

        @Override
        public Images images() {
            return this;
        }

        @Override
        public Optional<LuksVolumes> luks() {
            return Optional.of(this);
        }

        @Override
        public Optional<DeviceAccess> deviceAccess() {
            return Optional.of(new DeviceAccess() {
                @Override
                public Optional<ByteSize> sizeOf(Attachment attachment) {
                    return answering(Optional.of(SIZE));
                }

                @Override
                public boolean comesAndGoes(Attachment attachment) {
                    return attachment.equals(DEVICE);
                }

                @Override
                public void rescan(Attachment attachment) {
                    answering(attachment);
                    scans++;
                }
            });
        }

        @Override
        public ImageReport create(DiskImage image, ByteSize size) {
            return answering(answer);
        }

        @Override
        public Optional<Deltas> deltas() {
            return Optional.of((source, delta, listener) -> {
                listener.progressed(new Progress("comparing", ByteSize.ZERO, SIZE));
                return answering(answer);
            });
        }

        @Override
        public ImageReport copyAsIs(DiskImage source, DiskImage target) {
            return answering(answer);
        }

        @Override
        public ImageReport copy(CopyImage request, ProgressListener listener) {
            listener.progressed(new Progress("copying", ByteSize.ZERO, SIZE));
            return answering(answer);
        }

        @Override
        public boolean areEqual(DiskImage one, DiskImage other, ProgressListener listener) {
            listener.progressed(new Progress("comparing", ByteSize.ZERO, SIZE));
            return answering(true);
        }

        @Override
        public ImageMeasure measure(DiskImage image, ByteSize size) {
            return answering(new ImageMeasure(SIZE, SIZE));
        }

        @Override
        public ImageMeasure measure(CopyImage request) {
            return answering(new ImageMeasure(SIZE, SIZE));
        }

        @Override
        public ImageReport inspect(DiskImage image) {
            return answering(answer);
        }

        @Override
        public boolean isIncomplete(DiskImage image) {
            return answering(true);
        }

        @Override
        public ImageReport growTo(DiskImage image, ByteSize size) {
            return answering(answer);
        }

        @Override
        public LuksAttestation format(DiskImage volume) {
            return answering(attestation);
        }

        @Override
        public Optional<LuksAttestation> attest(DiskImage volume) {
            return answering(Optional.of(attestation));
        }

        @Override
        public boolean opens(DiskImage volume) {
            return answering(true);
        }

        @Override
        public LuksAttestation addKey(DiskImage volume, Secret added) {
            return answering(attestation);
        }

        @Override
        public LuksAttestation removeKey(DiskImage volume, Secret removed) {
            return answering(attestation);
        }

        @Override
        public void close() {
            closed++;
            trouble.ifPresent(thrown -> {
                throw thrown;
            });
        }
    }

    private static void refuses(Failure failure, String word, ThrowingCallable call) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.failure()).isEqualTo(failure))
                .withMessageContaining(word);
    }

    @Test
    void a_selected_host_does_the_work() throws InterruptedException {
        EndPointSelector selector = EndPointSelector.of(
                () -> EndPointFleet.of(
                        List.of(EndPointFacts.of(HOST, "z", "c", NOW).having(HostFeature.QEMU_IMG))),
                endPoints.probing(host -> EndPointFacts.of(host, "z", "c", Instant.EPOCH)),
                Duration.ofMinutes(10),
                InstantSource.fixed(NOW),
                () -> 1);
        Selection selection =
                selector.select(EndPointQuery.anyIn(Scope.zone("z")).needing(HostFeature.QEMU_IMG));

        assertThat(endPoints.of(selection.orThrow()).images().copy(CopyImage.to(raw(FILE), raw(COPY))))
                .isEqualTo(asked.answer);
    }

    @Test
    void what_a_host_was_seen_to_have_counts_for_its_selection() throws InterruptedException {
        EndPointFacts known = EndPointFacts.of(HOST, "z", "c", Instant.EPOCH)
                .having(HostFeature.VOLUME_ENCRYPTION)
                .having(HostFeature.POWERFLEX_CLIENT)
                .in(EndPointFacts.State.MAINTENANCE);

        EndPointFacts seen = endPoints.probing(host -> known).probe(HOST);

        assertThat(seen.probedAt()).isEqualTo(NOW);
        assertThat(seen.state()).isEqualTo(EndPointFacts.State.MAINTENANCE);
        assertThat(seen.has(HostFeature.QEMU_IMG)).isTrue();
        assertThat(seen.lackOf(HostFeature.VOLUME_ENCRYPTION)).contains("cryptsetup is missing");
        assertThat(seen.has(HostFeature.POWERFLEX_CLIENT)).isFalse();
        assertThat(seen.lackOf(HostFeature.POWERFLEX_CLIENT)).isEmpty();
    }

    @Test
    void a_host_has_one_end_point() {
        refuses(Failure.EXISTS_DIFFERENTLY, "h1", () -> endPoints.add(new AskedEndPoint(HOST)));
        refuses(Failure.NOT_FOUND, "[h1]", () -> endPoints.of(OTHER));

        endPoints.remove(HOST);
        endPoints.remove(HOST);
        refuses(Failure.NOT_FOUND, "h1", () -> endPoints.of(HOST));
        assertThat(asked.closed).isEqualTo(1);
    }

    @Test
    void all_are_closed_although_one_fails() {
        AskedEndPoint second = new AskedEndPoint(OTHER);
        endPoints.add(second);
        asked.trouble = Optional.of(new IllegalStateException("stuck"));

        refuses(Failure.DEFECT, "stuck", endPoints::close);
        assertThat(asked.closed + second.closed).isEqualTo(2);
        endPoints.close();
        assertThat(asked.closed + second.closed).isEqualTo(2);
    }

    @Test
    void sizes_that_no_disk_has_are_refused() {
        for (ByteSize odd : List.of(ByteSize.ZERO, ByteSize.bytes(511), ByteSize.bytes(1025))) {
            refuses(Failure.INVALID_REQUEST, "512", () -> images.create(raw(FILE), odd));
            refuses(Failure.INVALID_REQUEST, "512", () -> images.measure(raw(FILE), odd));
            refuses(Failure.INVALID_REQUEST, "512", () -> images.growTo(raw(FILE), odd));
        }
        assertThat(asked.calls).isZero();
    }

    @Test
    void keys_that_are_missing_or_wiped_are_refused() {
        DiskImage keyless = DiskImage.at(FILE, ImageFormat.LUKS);
        DiskImage lost = DiskImage.at(FILE, ImageFormat.LUKS).unlockedBy(wiped);
        DiskImage overLost = qcow2(COPY).unlockedBy(key).over(lost);

        for (DiskImage image : List.of(keyless, lost, overLost)) {
            refuses(Failure.INVALID_REQUEST, "key", () -> images.create(image, SIZE));
            refuses(Failure.INVALID_REQUEST, "key", () -> images.growTo(image, SIZE));
            refuses(Failure.INVALID_REQUEST, "key", () -> images.isIncomplete(image));
            refuses(Failure.INVALID_REQUEST, "key", () -> images.areEqual(raw(FILE), image, ProgressListener.NONE));
            refuses(Failure.INVALID_REQUEST, "key", () -> images.areEqual(image, raw(FILE), ProgressListener.NONE));
        }
        refuses(Failure.INVALID_REQUEST, "key", () -> images.copy(CopyImage.onto(keyless, luks(COPY))));
        refuses(Failure.INVALID_REQUEST, "key", () -> images.copy(CopyImage.onto(raw(COPY), lost)));
        refuses(Failure.INVALID_REQUEST, "key", () -> images.measure(CopyImage.to(raw(COPY), lost)));
        refuses(Failure.INVALID_REQUEST, "key", () -> luks.format(keyless));
        refuses(Failure.INVALID_REQUEST, "wiped", () -> luks.opens(lost));
        refuses(Failure.INVALID_REQUEST, "wiped", () -> luks.addKey(luks(FILE), wiped));
        refuses(Failure.INVALID_REQUEST, "wiped", () -> luks.removeKey(luks(FILE), wiped));
        assertThat(asked.calls).isZero();
    }

    @Test
    void what_is_encrypted_is_not_copied_or_written_in_clear_unless_that_is_said() throws InterruptedException {
        CopyImage intoClear = CopyImage.to(qcow2(FILE).over(luks(DEVICE)), raw(COPY));

        refuses(Failure.INVALID_REQUEST, "in clear", () -> images.copy(intoClear));
        refuses(
                Failure.INVALID_REQUEST,
                "in clear",
                () -> images.create(qcow2(COPY).over(luks(FILE)), SIZE));
        assertThat(asked.calls).isZero();

        assertThat(images.copy(intoClear.intoPlaintext())).isEqualTo(asked.answer);
    }

    @Test
    void a_copy_has_another_place_than_all_that_is_read() {
        CopyImage ontoBase = CopyImage.onto(qcow2(FILE).over(raw(COPY)), raw(COPY));

        refuses(Failure.INVALID_REQUEST, "another place", () -> images.copy(ontoBase));
        refuses(Failure.INVALID_REQUEST, "onto", () -> images.copy(CopyImage.to(raw(FILE), raw(DEVICE))));
        assertThat(asked.calls).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CopyImage.onto(raw(FILE), qcow2(COPY).over(raw(DEVICE))));
    }

    @Test
    void a_file_is_copied_as_it_is_to_one_of_its_kind_elsewhere() throws InterruptedException {
        DiskImage locked = qcow2(FILE).unlockedBy(key);
        refuses(Failure.INVALID_REQUEST, "another place", () -> images.copyAsIs(raw(FILE), raw(FILE)));
        refuses(Failure.INVALID_REQUEST, "is no file", () -> images.copyAsIs(raw(DEVICE), raw(FILE)));
        refuses(Failure.INVALID_REQUEST, "is no file", () -> images.copyAsIs(raw(FILE), raw(DEVICE)));
        refuses(Failure.INVALID_REQUEST, "another kind", () -> images.copyAsIs(raw(FILE), qcow2(COPY)));
        refuses(Failure.INVALID_REQUEST, "another kind", () -> images.copyAsIs(locked, qcow2(COPY)));
        refuses(
                Failure.INVALID_REQUEST,
                "lies over",
                () -> images.copyAsIs(qcow2(FILE).laidOver(raw(DEVICE)), qcow2(COPY)));
        assertThat(asked.calls).isZero();

        assertThat(images.copyAsIs(raw(FILE), raw(COPY))).isEqualTo(asked.answer);
        refuses(
                Failure.DEFECT,
                "broke its contract",
                () -> images.copyAsIs(locked, qcow2(COPY).unlockedBy(key)));
    }

    @Test
    void changes_go_to_a_file_of_their_own_laid_over_something_and_never_into_clear() throws InterruptedException {
        Deltas deltas = images.deltas().orElseThrow();
        DiskImage changes = qcow2(COPY).laidOver(qcow2(FILE));
        refuses(Failure.INVALID_REQUEST, "laidOver", () -> write(deltas, raw(DEVICE), qcow2(COPY)));
        refuses(
                Failure.INVALID_REQUEST,
                "laidOver",
                () -> write(deltas, raw(DEVICE), qcow2(COPY).over(qcow2(FILE))));
        refuses(
                Failure.INVALID_REQUEST,
                "is no file",
                () -> write(deltas, raw(FILE), qcow2(DEVICE).laidOver(qcow2(COPY))));
        refuses(Failure.INVALID_REQUEST, "another place", () -> write(deltas, raw(COPY), changes));
        refuses(Failure.INVALID_REQUEST, "in clear", () -> write(deltas, luks(DEVICE), changes));
        refuses(
                Failure.INVALID_REQUEST,
                "in clear",
                () -> write(
                        deltas, raw(DEVICE), qcow2(COPY).laidOver(qcow2(FILE).unlockedBy(key))));
        assertThat(asked.calls).isZero();

        asked.answer = report(ImageFormat.QCOW2, SIZE, Optional.empty());
        assertThat(deltas.write(raw(DEVICE), changes, ProgressListener.NONE)).isEqualTo(asked.answer);
        refuses(
                Failure.DEFECT,
                "broke its contract",
                () -> write(deltas, luks(DEVICE), qcow2(COPY).unlockedBy(key).laidOver(qcow2(FILE))));
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> deltas.write(raw(DEVICE), changes, progress -> {
                    throw new CancellationException("enough");
                }));
    }

    private static void write(Deltas deltas, DiskImage source, DiskImage delta) throws InterruptedException {
        ImageReport unused = deltas.write(source, delta, ProgressListener.NONE);
    }

    @Test
    void an_image_says_nothing_that_cannot_be() {
        assertThatIllegalArgumentException().isThrownBy(() -> raw(FILE).unlockedBy(key));
        assertThatIllegalArgumentException().isThrownBy(() -> raw(FILE).over(raw(COPY)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> qcow2(FILE).over(qcow2(COPY).over(raw(FILE))));
        assertThatIllegalArgumentException().isThrownBy(() -> new ImageMeasure(ByteSize.bytes(2), ByteSize.bytes(1)));
        assertThat(luks(FILE).toString()).doesNotContain("Secret");
    }

    /** Answers that are not what was asked for. */
    private static Stream<Arguments> lies() {
        return Stream.of(
                Arguments.of("plain", report(ImageFormat.LUKS, SIZE, Optional.empty())),
                Arguments.of("another format", report(ImageFormat.RAW, SIZE, Optional.of(proof(ImageFormat.LUKS)))),
                Arguments.of(
                        "encrypted elsewhere", report(ImageFormat.LUKS, SIZE, Optional.of(proof(ImageFormat.QCOW2)))),
                Arguments.of(
                        "a header without keys",
                        report(
                                ImageFormat.LUKS,
                                SIZE,
                                Optional.of(new LuksAttestation(
                                        ImageFormat.LUKS, LuksVersion.LUKS1, "u", "aes", 512, Set.of())))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("lies")
    void an_answer_that_is_not_as_asked_for_goes_no_further(String name, ImageReport lie) {
        asked.answer = lie;

        refuses(Failure.DEFECT, "broke its contract", () -> images.create(luks(FILE), SIZE));
        refuses(Failure.DEFECT, "broke its contract", () -> images.copy(CopyImage.onto(raw(FILE), luks(COPY))));
        refuses(Failure.DEFECT, "broke its contract", () -> images.growTo(luks(FILE), SIZE));
    }

    @Test
    void a_size_that_is_not_as_asked_for_goes_no_further() {
        asked.answer = report(ImageFormat.RAW, ByteSize.bytes(512), Optional.empty());

        refuses(Failure.DEFECT, "512", () -> images.create(raw(FILE), SIZE));
        refuses(Failure.DEFECT, "512", () -> images.growTo(raw(FILE), SIZE));
    }

    @Test
    void a_volume_is_formatted_and_rekeyed_with_a_proof_or_not_at_all() throws InterruptedException {
        try (Secret next = Secret.random()) {
            assertThat(luks.format(luks(FILE))).isEqualTo(asked.attestation);
            assertThat(luks.addKey(luks(FILE), next)).isEqualTo(asked.attestation);

            asked.attestation = proof(ImageFormat.QCOW2);
            refuses(Failure.DEFECT, "no proof", () -> luks.format(luks(FILE)));
            refuses(Failure.DEFECT, "no proof", () -> luks.addKey(luks(FILE), next));
            refuses(Failure.DEFECT, "no proof", () -> luks.removeKey(luks(FILE), next));
        }
    }

    @Test
    void the_key_that_is_to_stay_is_not_removed_and_other_formats_have_no_keys() {
        try (Secret same = key.copy()) {
            refuses(Failure.INVALID_REQUEST, "afterwards", () -> luks.removeKey(luks(FILE), same));
        }
        refuses(Failure.INVALID_REQUEST, "RAW", () -> luks.attest(raw(FILE)));
        refuses(Failure.INVALID_REQUEST, "create", () -> luks.format(qcow2(FILE).unlockedBy(key)));
        assertThat(asked.calls).isZero();
    }

    @Test
    void what_an_end_point_throws_against_its_contract_is_its_defect() {
        asked.trouble = Optional.of(new IllegalStateException("no luck"));

        refuses(Failure.DEFECT, "no luck", () -> endPoints.of(HOST).probe());
        refuses(Failure.DEFECT, "no luck", () -> images.inspect(raw(FILE)));
        refuses(
                Failure.DEFECT,
                "no luck",
                () -> endPoints.of(HOST).deviceAccess().orElseThrow().sizeOf(FILE));
    }

    @Test
    void that_devices_come_and_go_and_are_looked_for_reaches_the_end_point() throws InterruptedException {
        DeviceAccess devices = endPoints.of(HOST).deviceAccess().orElseThrow();

        assertThat(devices.comesAndGoes(DEVICE)).isTrue();
        assertThat(devices.comesAndGoes(FILE)).isFalse();
        devices.rescan(DEVICE);
        assertThat(asked.scans).isEqualTo(1);
    }

    @Test
    void what_the_callers_listener_throws_is_the_callers() {
        IllegalStateException enough = new IllegalStateException("enough");

        assertThatThrownBy(() -> images.copy(CopyImage.to(raw(FILE), raw(COPY)), progress -> {
                    throw enough;
                }))
                .isSameAs(enough);
    }
}
