package io.hvkit.testkit.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFacts;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.ProgressListener;
import io.hvkit.core.Secret;
import io.hvkit.storage.spi.CopyImage;
import io.hvkit.storage.spi.Deltas;
import io.hvkit.storage.spi.DiskImage;
import io.hvkit.storage.spi.EndPoint;
import io.hvkit.storage.spi.ImageMeasure;
import io.hvkit.storage.spi.ImageReport;
import io.hvkit.storage.spi.LuksAttestation;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** End points with one fault each: the contract must find it, by the case that is about it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EndPointContractsBiteTest {

    private static final int SIZE = Math.toIntExact(EndPointCases.SIZE.bytes());

    @TempDir
    private Path reports;

    static Stream<Arguments> faults() {
        return Stream.of(looking(), making(), copying(), overwriting(), locking())
                .flatMap(each -> each);
    }

    private static Arguments fault(
            Class<? extends EndPointCases> contract, String name, Function<InMemoryEndPoint, EndPoint> fault) {
        return Arguments.of(contract, name, fault);
    }

    private static Stream<Arguments> looking() {
        return Stream.of(
                fault(
                        EndPointJudgement.Any.class,
                        "a_look_at_the_host_says_when_it_was_and_why",
                        real -> new EndPointRelay(real) {
                            @Override
                            public HostFacts probe() {
                                return HostFacts.at(Instant.EPOCH);
                            }
                        }),
                fault(
                        EndPointJudgement.Any.class,
                        "a_file_is_never_taken_for_a_device",
                        real -> new EndPointRelay(real) {
                            @Override
                            public Optional<ByteSize> sizeOf(Attachment attachment) throws InterruptedException {
                                return super.sizeOf(new Attachment.ImageFile(attachment.requirePath()));
                            }
                        }),
                fault(
                        EndPointJudgement.Any.class,
                        "a_device_that_is_not_there_is_not_made",
                        real ->
                                new EndPointRelay(real) { // a file among the devices
                                    @Override
                                    public ImageReport create(DiskImage image, ByteSize size)
                                            throws InterruptedException {
                                        Path path = image.attachment().requirePath();
                                        return super.create(
                                                DiskImage.at(new Attachment.ImageFile(path), image.format()), size);
                                    }
                                }));
    }

    private static Stream<Arguments> making() {
        return Stream.of(
                fault(
                        EndPointJudgement.Imager.class,
                        "an_image_is_made_once_and_is_what_was_asked_for",
                        real -> new EndPointRelay(real) {
                            @Override
                            public ImageReport create(DiskImage image, ByteSize size) throws InterruptedException {
                                ImageReport made = super.create(image, size);
                                image.key().ifPresent(Secret::close);
                                return made;
                            }
                        }),
                fault(
                        EndPointJudgement.Imager.class,
                        "an_image_is_made_once_and_is_what_was_asked_for",
                        real ->
                                new EndPointRelay(real) { // made anew, over what a machine wrote
                                    @Override
                                    public ImageReport create(DiskImage image, ByteSize size)
                                            throws InterruptedException {
                                        files.remove(image.attachment());
                                        return super.create(image, size);
                                    }
                                }),
                fault(
                        EndPointJudgement.Imager.class,
                        "what_is_there_already_is_left_alone",
                        real ->
                                new EndPointRelay(real) { // whatever its key
                                    @Override
                                    public ImageReport create(DiskImage image, ByteSize size)
                                            throws InterruptedException {
                                        boolean same = files.find(image.attachment())
                                                .filter(there -> there.format == image.format())
                                                .filter(there -> there.size().equals(size))
                                                .isPresent();
                                        return same ? inspect(image) : super.create(image, size);
                                    }
                                }),
                fault(
                        EndPointJudgement.Imager.class,
                        "a_disk_grows_once_keeps_its_bytes_and_never_shrinks",
                        real -> new EndPointRelay(real) {
                            @Override
                            public ImageReport growTo(DiskImage image, ByteSize size) throws InterruptedException {
                                if (inspect(image).size().compareTo(size) < 0) {
                                    files.require(image).disk = new byte[Math.toIntExact(size.bytes())];
                                }
                                return super.growTo(image, size);
                            }
                        }),
                fault(
                        EndPointJudgement.Imager.class,
                        "what_an_image_would_take_is_told_and_nothing_is_made",
                        real -> new EndPointRelay(real) {
                            @Override
                            public ImageMeasure measure(DiskImage image, ByteSize size) throws InterruptedException {
                                create(image, size);
                                return super.measure(image, size);
                            }
                        }),
                fault(
                        EndPointJudgement.Imager.class,
                        "what_a_file_takes_is_told_and_grows_as_it_is_written",
                        real -> new EndPointRelay(real) {
                            @Override
                            public Optional<ByteSize> occupied(DiskImage image) {
                                return Optional.of(ByteSize.ZERO);
                            }
                        }),
                fault(
                        EndPointJudgement.Imager.class,
                        "a_file_is_copied_as_it_is_and_a_layer_of_changes_stays_one",
                        real ->
                                new EndPointRelay(real) { // the disk is copied, and hides what lies below
                                    @Override
                                    public ImageReport copyAsIs(DiskImage source, DiskImage target)
                                            throws InterruptedException {
                                        return copy(CopyImage.onto(source, target));
                                    }
                                }),
                fault(
                        EndPointJudgement.Imager.class,
                        "what_is_not_copied_as_it_is_is_refused_and_stays",
                        real -> new EndPointRelay(real) {
                            @Override
                            public ImageReport copyAsIs(DiskImage source, DiskImage target)
                                    throws InterruptedException {
                                files.find(target.attachment()).ifPresent(there -> there.holders = 0);
                                return super.copyAsIs(source, target);
                            }
                        }),
                fault(
                        EndPointJudgement.Imager.class,
                        "what_an_image_says_itself_is_told_apart_from_what_it_is_laid_over",
                        real -> new EndPointRelay(real) {
                            @Override
                            public Optional<ByteSize> allocated(DiskImage image) throws InterruptedException {
                                ByteSize own = super.allocated(image).orElseThrow();
                                return Optional.of(files.require(image).isBlank() ? ByteSize.ZERO : own);
                            }
                        }),
                fault(
                        EndPointJudgement.Imager.class,
                        "what_an_image_says_itself_is_told_apart_from_what_it_is_laid_over",
                        real -> new EndPointRelay(real) {
                            @Override
                            public Optional<ByteSize> allocated(DiskImage image) throws InterruptedException {
                                return Optional.of(files.require(image).size());
                            }
                        }),
                fault(
                        EndPointJudgement.Imager.class,
                        "an_image_of_changes_is_what_differs_and_nothing_else",
                        real ->
                                new EndPointRelay(real) { // all of it, whatever lies below
                                    @Override
                                    public Optional<Deltas> deltas() {
                                        return Optional.of((source, delta, listener) -> {
                                            InMemoryImage there = files.require(delta);
                                            there.write(0, Arrays.copyOf(files.disk(source), there.disk.length));
                                            return inspect(delta);
                                        });
                                    }
                                }),
                fault(
                        EndPointJudgement.Imager.class,
                        "an_image_of_changes_is_what_differs_and_nothing_else",
                        real ->
                                new EndPointRelay(real) { // what became zeroes is left out
                                    @Override
                                    public Optional<Deltas> deltas() throws InterruptedException {
                                        Deltas all = super.deltas().orElseThrow();
                                        return Optional.of((source, delta, listener) -> {
                                            ImageReport report = all.write(source, delta, listener);
                                            files.require(delta).written.clear(SIZE / 2 / InMemoryImage.SECTOR);
                                            return report;
                                        });
                                    }
                                }),
                fault(
                        EndPointJudgement.Imager.class,
                        "changes_that_cannot_be_written_leave_the_image_as_it_was",
                        real -> new EndPointRelay(real) {
                            @Override
                            public Optional<Deltas> deltas() throws InterruptedException {
                                Deltas all = super.deltas().orElseThrow();
                                return Optional.of((source, delta, listener) -> {
                                    files.find(delta.attachment()).ifPresent(there -> there.holders = 0);
                                    return all.write(source, delta, listener);
                                });
                            }
                        }),
                fault(
                        EndPointJudgement.Imager.class,
                        "an_image_in_use_is_not_made_larger",
                        real -> new EndPointRelay(real) {
                            @Override
                            public ImageReport growTo(DiskImage image, ByteSize size) throws InterruptedException {
                                files.require(image).holders = 0;
                                return super.growTo(image, size);
                            }
                        }));
    }

    private static Stream<Arguments> copying() {
        return Stream.of(
                fault(
                        EndPointJudgement.Copier.class,
                        "a_new_copy_holds_every_byte_in_whichever_format_and_under_a_key_of_its_own",
                        real ->
                                new EndPointRelay(real) { // an empty image, and success
                                    @Override
                                    public ImageReport copy(CopyImage request, ProgressListener listener)
                                            throws InterruptedException {
                                        return request.before() == CopyImage.Before.NOTHING
                                                ? create(
                                                        request.target(),
                                                        inspect(request.source())
                                                                .size())
                                                : super.copy(request, listener);
                                    }
                                }),
                fault(
                        EndPointJudgement.Copier.class,
                        "an_equal_copy_is_confirmed_and_what_is_no_copy_is_left_alone",
                        real ->
                                new EndPointRelay(real) { // whatever is there will do
                                    @Override
                                    public ImageReport copy(CopyImage request, ProgressListener listener)
                                            throws InterruptedException {
                                        boolean there = files.find(
                                                        request.target().attachment())
                                                .isPresent();
                                        return there && request.before() == CopyImage.Before.NOTHING
                                                ? inspect(request.target())
                                                : super.copy(request, listener);
                                    }
                                }),
                fault(
                        EndPointJudgement.Copier.class,
                        "disks_are_equal_to_the_last_byte_and_a_longer_one_only_if_its_rest_is_zeroes",
                        real ->
                                new EndPointRelay(real) { // the rest is not looked at
                                    @Override
                                    public boolean areEqual(DiskImage one, DiskImage other, ProgressListener listener)
                                            throws InterruptedException {
                                        return super.areEqual(one, other, listener)
                                                || !inspect(one)
                                                        .size()
                                                        .equals(inspect(other).size());
                                    }
                                }),
                fault(
                        EndPointJudgement.Copier.class,
                        "a_copy_that_is_cancelled_leaves_no_file_and_no_image_that_passes_for_whole",
                        real ->
                                new EndPointRelay(real) { // made first, filled then
                                    @Override
                                    public ImageReport copy(CopyImage request, ProgressListener listener)
                                            throws InterruptedException {
                                        if (files.find(request.target().attachment())
                                                .isEmpty()) {
                                            create(
                                                    request.target(),
                                                    inspect(request.source()).size());
                                        }
                                        return super.copy(CopyImage.onto(request.source(), request.target()), listener);
                                    }
                                }),
                fault(
                        EndPointJudgement.Copier.class,
                        "what_an_image_names_is_read_only_if_it_was_said",
                        real ->
                                new EndPointRelay(real) { // its header is believed
                                    @Override
                                    public ImageReport copy(CopyImage request, ProgressListener listener)
                                            throws InterruptedException {
                                        files.find(request.source().attachment())
                                                .ifPresent(there -> {
                                                    if (request.source().base().isEmpty()) {
                                                        there.base = Optional.empty();
                                                    }
                                                });
                                        return super.copy(request, listener);
                                    }
                                }),
                fault(
                        EndPointJudgement.Copier.class,
                        "an_interrupted_caller_gets_no_copy",
                        real -> new EndPointRelay(real) {
                            @Override
                            public ImageReport copy(CopyImage request, ProgressListener listener)
                                    throws InterruptedException {
                                if (Thread.interrupted()) {
                                    return super.copy(request, listener); // as if nobody had said anything
                                }
                                return super.copy(request, listener);
                            }
                        }));
    }

    private static Stream<Arguments> overwriting() {
        return Stream.of(
                fault(
                        EndPointJudgement.Copier.class,
                        "a_copy_onto_an_image_leaves_nothing_of_what_was_there",
                        real ->
                                new EndPointRelay(real) { // the rest of a larger target
                                    @Override
                                    public ImageReport copy(CopyImage request, ProgressListener listener)
                                            throws InterruptedException {
                                        byte[] old = files.find(request.target().attachment())
                                                .map(there -> there.disk.clone())
                                                .orElse(new byte[0]);
                                        ImageReport copied = super.copy(request, listener);
                                        int end = files.require(request.source()).disk.length;
                                        if (old.length > end) {
                                            files.require(request.target())
                                                    .write(end, Arrays.copyOfRange(old, end, old.length));
                                        }
                                        return copied;
                                    }
                                }),
                fault(
                        EndPointJudgement.Copier.class,
                        "a_copy_that_is_cancelled_leaves_no_file_and_no_image_that_passes_for_whole",
                        real -> new EndPointRelay(real) {
                            @Override
                            public boolean isIncomplete(DiskImage image) {
                                return false;
                            }
                        }),
                fault(
                        EndPointJudgement.Copier.class,
                        "an_image_in_use_is_never_written",
                        real -> new EndPointRelay(real) {
                            @Override
                            public ImageReport copy(CopyImage request, ProgressListener listener)
                                    throws InterruptedException {
                                files.find(request.target().attachment()).ifPresent(there -> there.holders = 0);
                                return super.copy(request, listener);
                            }
                        }),
                fault(
                        EndPointJudgement.Copier.class,
                        "what_cannot_be_is_refused_before_a_byte_is_written",
                        real ->
                                new EndPointRelay(real) { // wiped before it is looked at
                                    @Override
                                    public ImageReport copy(CopyImage request, ProgressListener listener)
                                            throws InterruptedException {
                                        files.find(request.target().attachment())
                                                .ifPresent(there -> there.write(0, new byte[there.disk.length]));
                                        return super.copy(request, listener);
                                    }
                                }));
    }

    private static Stream<Arguments> locking() {
        return Stream.of(
                fault(
                        EndPointJudgement.Locker.class,
                        "a_header_is_never_written_over_another_or_over_data",
                        real ->
                                new EndPointRelay(real) { // formatted again if the key does not fit
                                    @Override
                                    public LuksAttestation format(DiskImage volume) throws InterruptedException {
                                        files.find(volume.attachment())
                                                .filter(there -> there.format == ImageFormat.LUKS)
                                                .filter(there -> !files.isOpenedByItsKey(volume))
                                                .ifPresent(there -> there.encrypt(
                                                        volume.key().orElseThrow()));
                                        return super.format(volume);
                                    }
                                }),
                fault(
                        EndPointJudgement.Locker.class,
                        "keys_rotate_by_two_slots_and_the_data_stays",
                        real ->
                                new EndPointRelay(real) { // one slot, and a moment without any key
                                    @Override
                                    public LuksAttestation addKey(DiskImage volume, Secret added)
                                            throws InterruptedException {
                                        LuksAttestation both = super.addKey(volume, added);
                                        files.require(volume)
                                                .removeKey(volume.key().orElseThrow());
                                        return both;
                                    }
                                }),
                fault(
                        EndPointJudgement.Locker.class,
                        "keys_rotate_by_two_slots_and_the_data_stays",
                        real -> new EndPointRelay(real) {
                            @Override
                            public LuksAttestation removeKey(DiskImage volume, Secret removed)
                                    throws InterruptedException {
                                return attest(volume).orElseThrow();
                            }
                        }),
                fault(
                        EndPointJudgement.Locker.class,
                        "the_last_key_stays_whoever_asks",
                        real ->
                                new EndPointRelay(real) { // whether or not another key is left
                                    @Override
                                    public LuksAttestation removeKey(DiskImage volume, Secret removed)
                                            throws InterruptedException {
                                        files.require(volume).removeKey(removed);
                                        return attest(volume).orElseThrow();
                                    }
                                }),
                fault(
                        EndPointJudgement.Locker.class,
                        "a_volume_is_formatted_once_and_proves_it",
                        real -> new EndPointRelay(real) {
                            @Override
                            public boolean opens(DiskImage volume) {
                                return true;
                            }
                        }),
                fault(
                        EndPointJudgement.Locker.class,
                        "what_is_not_encrypted_has_no_keys",
                        real -> new EndPointRelay(real) {
                            @Override
                            public boolean opens(DiskImage volume) {
                                if (files.require(volume).isEncrypted()) {
                                    return files.isOpenedByItsKey(volume);
                                }
                                throw DriverException.because(Failure.BAD_CREDENTIALS)
                                        .message("it does not fit");
                            }
                        }));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void a_fault_is_found_by_the_case_that_is_about_it(
            Class<? extends EndPointCases> contract, String name, Function<InMemoryEndPoint, EndPoint> fault) {
        assertThat(new EndPointJudgement(reports).of(contract, fault, name)).contains(name);
    }

    @Test
    void an_end_point_without_fault_is_not_accused() {
        Stream.of(
                        EndPointJudgement.Any.class,
                        EndPointJudgement.Imager.class,
                        EndPointJudgement.Copier.class,
                        EndPointJudgement.Locker.class)
                .forEach(contract -> assertThat(new EndPointJudgement(reports).of(contract, EndPointRelay::new))
                        .isEmpty());
    }
}
