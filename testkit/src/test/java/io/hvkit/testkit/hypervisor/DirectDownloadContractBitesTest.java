package io.hvkit.testkit.hypervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Sha256;
import io.hvkit.hypervisor.spi.DirectDownload;
import io.hvkit.hypervisor.spi.Hypervisor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Hosts that fetch images with one fault each: the contract must find it, by the case that is about it. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DirectDownloadContractBitesTest {

    private static final Class<Judgement.Fetcher> CONTRACT = Judgement.Fetcher.class;

    private static final String ARRIVES = "an_image_arrives_as_it_was_sent_and_an_equal_call_confirms_it";
    private static final String DIGEST = "bytes_with_another_digest_are_corrupt_and_nothing_is_left";
    private static final String NEVER_REPLACED = "what_is_at_the_target_is_never_replaced";
    private static final String OTHER_FILE = "an_image_that_names_another_file_is_refused_though_its_digest_is_right";
    private static final String TOO_LARGE = "an_image_that_is_too_large_is_refused_as_soon_as_that_is_known";
    private static final String REDIRECTS = "a_redirect_is_followed_but_not_for_ever_and_not_to_everywhere";
    private static final String NOT_GIVEN =
            "what_the_server_does_not_give_is_refused_by_its_reason_and_nobody_there_is_unreachable";
    private static final String STOPS = "a_server_that_stops_in_the_middle_is_unreachable_until_it_sends_all";
    private static final String SCHEME = "a_scheme_that_nobody_fetches_by_is_not_supported_and_a_password_is_not_shown";
    private static final String INTERRUPTED =
            "an_interrupted_call_ends_and_leaves_nothing_and_its_repetition_brings_the_image";
    private static final String PENDING = "while_an_image_is_fetched_an_equal_call_is_told_so";

    @TempDir
    private Path directory;

    static Stream<Arguments> faults() {
        return Stream.of(acceptingTooMuch(), answeringWrongly(), leavingSomething())
                .flatMap(each -> each);
    }

    private static Stream<Arguments> acceptingTooMuch() {
        return Stream.of(
                fault(DIGEST, real -> where(real, Failure.CORRUPT_DATA, DirectDownloadContractBitesTest::anyBytes)),
                fault(
                        NEVER_REPLACED,
                        real -> (source, digest, target) -> Files.exists(file(target))
                                ? ByteSize.bytes(file(target).toFile().length())
                                : real.fetch(source, digest, target)),
                fault(ARRIVES, DirectDownloadContractBitesTest::bringingAnew),
                fault(NEVER_REPLACED, DirectDownloadContractBitesTest::bringingAnew),
                fault(
                        OTHER_FILE,
                        real -> where(real, Failure.INVALID_REQUEST, DirectDownloadContractBitesTest::anyBytes)),
                made(
                        TOO_LARGE,
                        host -> new InMemoryDownload(
                                host, ByteSize.bytes(Long.MAX_VALUE), InMemoryDownload.MOST_REDIRECTS)),
                made(TOO_LARGE, DirectDownloadContractBitesTest::believingWhatIsAnnounced),
                made(REDIRECTS, host -> new InMemoryDownload(host, InMemoryDownload.LARGEST, 1000)),
                made(REDIRECTS, host -> new InMemoryDownload(host, InMemoryDownload.LARGEST, 0)),
                made(
                        PENDING,
                        host -> new InMemoryDownload(
                                new InMemoryHost(new Object()),
                                InMemoryDownload.LARGEST,
                                InMemoryDownload.MOST_REDIRECTS)));
    }

    private static Stream<Arguments> answeringWrongly() {
        return Stream.of(
                fault(ARRIVES, real -> (source, digest, target) -> {
                    real.fetch(source, digest, target);
                    return ByteSize.bytes(0);
                }),
                fault(NOT_GIVEN, real -> where(real, Failure.NOT_FOUND, (source, digest, target) -> ByteSize.bytes(0))),
                fault(NOT_GIVEN, saying(Failure.BAD_CREDENTIALS, Failure.NOT_FOUND)),
                fault(NOT_GIVEN, saying(Failure.UNREACHABLE, Failure.NOT_FOUND)),
                fault(STOPS, saying(Failure.UNREACHABLE, Failure.CORRUPT_DATA)),
                fault(
                        STOPS,
                        real -> failing(real, e -> {
                            throw DriverException.because(e.failure())
                                    .effect(Effect.UNKNOWN)
                                    .message("%s; who knows", e.toString());
                        })),
                fault(SCHEME, saying(Failure.UNSUPPORTED, Failure.INVALID_REQUEST)),
                fault(SCHEME, real -> (source, digest, target) -> {
                    try {
                        return real.fetch(source, digest, target);
                    } catch (DriverException e) {
                        throw DriverException.because(e.failure())
                                .effect(e.effect())
                                .message("%s cannot be fetched", source);
                    }
                }),
                fault(
                        REDIRECTS,
                        real -> failing(real, e -> {
                            if (e.getCause() instanceof DriverException why) {
                                throw why;
                            }
                        })),
                fault(PENDING, saying(Failure.OPERATION_PENDING, Failure.IN_USE)));
    }

    private static Stream<Arguments> leavingSomething() {
        return Stream.of(
                fault(DIGEST, real -> leaving(real, DirectDownloadContractBitesTest::file)),
                fault(DIGEST, real -> leaving(real, DirectDownloadContractBitesTest::part)),
                fault(OTHER_FILE, real -> leaving(real, DirectDownloadContractBitesTest::part)),
                fault(TOO_LARGE, real -> leaving(real, DirectDownloadContractBitesTest::part)),
                fault(STOPS, real -> leaving(real, DirectDownloadContractBitesTest::file)),
                fault(INTERRUPTED, real -> interrupted(real, target -> write(file(target)))),
                fault(INTERRUPTED, real -> interrupted(real, target -> write(part(target)))),
                fault(INTERRUPTED, real -> (source, digest, target) -> {
                    try {
                        return real.fetch(source, digest, target);
                    } catch (InterruptedException e) {
                        throw DriverException.because(Failure.UNREACHABLE)
                                .causedBy(e)
                                .message("%s broke off", source);
                    }
                }));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void a_fault_is_found_by_the_case_that_is_about_it(String name, UnaryOperator<Hypervisor> fault) {
        assertThat(new Judgement(directory).of(CONTRACT, fault, name)).contains(name);
    }

    @Test
    void a_driver_without_fault_is_not_accused() {
        assertThat(new Judgement(directory).of(CONTRACT, real -> real)).isEmpty();
    }

    private static Arguments fault(String name, UnaryOperator<DirectDownload> fault) {
        return relayed(name, real -> fault.apply(real.directDownload().orElseThrow()));
    }

    private static Arguments made(String name, Function<InMemoryHost, DirectDownload> fault) {
        return relayed(name, real -> fault.apply(((InMemoryHypervisor) real).machines()));
    }

    private static Arguments relayed(String name, Function<Hypervisor, DirectDownload> fault) {
        UnaryOperator<Hypervisor> relay = real -> new Relay(real) {
            @Override
            public Optional<DirectDownload> directDownload() {
                return Optional.of(fault.apply(real));
            }
        };
        return Arguments.of(name, relay);
    }

    /** Does something else where the real one refuses for that reason. */
    private static DirectDownload where(DirectDownload real, Failure failure, DirectDownload otherwise) {
        return (source, digest, target) -> {
            try {
                return real.fetch(source, digest, target);
            } catch (DriverException e) {
                if (e.failure() != failure) {
                    throw e;
                }
                return otherwise.fetch(source, digest, target);
            }
        };
    }

    private static UnaryOperator<DirectDownload> saying(Failure instead, Failure other) {
        return real -> where(real, instead, (source, digest, target) -> {
            throw DriverException.because(other).effect(Effect.NOT_APPLIED).message("something else");
        });
    }

    private static DirectDownload failing(DirectDownload real, Consumer<DriverException> then) {
        return (source, digest, target) -> {
            try {
                return real.fetch(source, digest, target);
            } catch (DriverException e) {
                then.accept(e);
                throw e;
            }
        };
    }

    private static DirectDownload leaving(DirectDownload real, Function<Attachment, Path> left) {
        return (source, digest, target) -> {
            try {
                return real.fetch(source, digest, target);
            } catch (DriverException e) {
                write(left.apply(target));
                throw e;
            }
        };
    }

    private static DirectDownload interrupted(DirectDownload real, Consumer<Attachment> then) {
        return (source, digest, target) -> {
            try {
                return real.fetch(source, digest, target);
            } catch (InterruptedException e) {
                then.accept(target);
                throw e;
            }
        };
    }

    private static DirectDownload bringingAnew(DirectDownload real) {
        return (source, digest, target) -> {
            try {
                Files.deleteIfExists(file(target));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return real.fetch(source, digest, target);
        };
    }

    private static DirectDownload believingWhatIsAnnounced(InMemoryHost host) {
        DirectDownload real = new InMemoryDownload(host, InMemoryDownload.LARGEST, InMemoryDownload.MOST_REDIRECTS);
        DirectDownload careless =
                new InMemoryDownload(host, ByteSize.bytes(Long.MAX_VALUE), InMemoryDownload.MOST_REDIRECTS);
        return where(real, Failure.INVALID_REQUEST, (source, digest, target) -> {
            try {
                return careless.fetch(source, digest, target);
            } catch (DriverException e) {
                throw DriverException.because(Failure.INVALID_REQUEST).message("more was announced: %s", e);
            }
        });
    }

    /** Takes whatever the server sends, to where nothing is. */
    private static ByteSize anyBytes(URI source, Sha256 digest, Attachment target) {
        try (InputStream sent = source.toURL().openStream()) {
            return ByteSize.bytes(Files.copy(sent, file(target)));
        } catch (IOException e) {
            throw DriverException.because(Failure.UNREACHABLE).causedBy(e).message("%s: %s", source, e.toString());
        }
    }

    private static void write(Path left) {
        try {
            Files.write(left, new byte[1]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path file(Attachment target) {
        return target.requirePath();
    }

    private static Path part(Attachment target) {
        return file(target).resolveSibling(file(target).getFileName() + ".part");
    }
}
