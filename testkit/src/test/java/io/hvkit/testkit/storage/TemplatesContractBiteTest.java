package io.hvkit.testkit.storage;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.storage.spi.AddTemplate;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Templates;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeFromTemplate;
import io.hvkit.storage.spi.VolumeUse;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.params.provider.Arguments;

/** Templates with one fault each: the contract must find it, by the case that is about it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class TemplatesContractBiteTest extends StorageFaults {

    static Stream<Arguments> faults() {
        return Stream.of(
                templateFault(
                        "a_volume_begins_with_what_is_on_its_template_and_goes_its_own_way",
                        (real, request) -> real.create(request.volume())), // blank
                templateFault("equal_requests_give_the_same_template_and_the_same_volume", (real, request) -> {
                    if (real.findNamed(request.volume().name()).isPresent()) {
                        throw taken(request.volume().name());
                    }
                    return real.templates().orElseThrow().create(request);
                }),
                templateFault("a_name_that_is_taken_is_refused_and_nothing_is_overwritten", (real, request) -> {
                    Optional<Volume> present = real.findNamed(request.volume().name());
                    return present.isPresent()
                            ? present.get()
                            : real.templates().orElseThrow().create(request);
                }),
                templateFault(
                        "what_cannot_be_made_of_a_template_is_refused_and_nothing_is_made",
                        (real, request) -> { // though a machine writes to it
                            for (VolumeUse use : real.uses(request.template())) {
                                real.detach(request.template(), use.host(), use.reason());
                            }
                            return real.templates().orElseThrow().create(request);
                        }),
                templateFault(
                        "a_linked_volume_keeps_its_template_or_is_refused",
                        (real, request) -> real.templates()
                                .orElseThrow()
                                .create(VolumeFromTemplate.of(request.template(), request.volume()))),
                fault(
                        StorageJudgement.Templater.class,
                        "an_image_that_is_not_what_it_is_said_to_be_is_refused_and_nothing_is_kept",
                        real -> new PoolRelay(real) {
                            @Override
                            public Optional<Templates> templates() {
                                return Optional.of(new Keeper(real));
                            }
                        }));
    }

    /** Makes volumes of templates in its own way. */
    @FunctionalInterface
    private interface Maker {
        Volume make(StoragePool real, VolumeFromTemplate request) throws InterruptedException;
    }

    private static Arguments templateFault(String caughtBy, Maker maker) {
        return fault(StorageJudgement.Templater.class, caughtBy, real -> new PoolRelay(real) {
            @Override
            public Optional<Templates> templates() {
                Templates templates = real.templates().orElseThrow();
                return Optional.of(new Templates() {
                    @Override
                    public Volume add(AddTemplate request) throws InterruptedException {
                        return templates.add(request);
                    }

                    @Override
                    public Volume create(VolumeFromTemplate request) throws InterruptedException {
                        return maker.make(real, request);
                    }
                });
            }
        });
    }

    /** Believes what it is told of images. */
    private record Keeper(StoragePool real) implements Templates {

        @Override
        public Volume add(AddTemplate request) throws InterruptedException {
            try {
                return real.templates().orElseThrow().add(request);
            } catch (DriverException e) {
                if (String.valueOf(e.getMessage()).contains("not as declared")) {
                    return real.create(CreateVolume.blank(request.name(), ByteSize.mebibytes(1)));
                }
                throw e;
            }
        }

        @Override
        public Volume create(VolumeFromTemplate request) throws InterruptedException {
            return real.templates().orElseThrow().create(request);
        }
    }

    @Override
    List<Class<? extends StorageCases>> contracts() {
        return List.of(StorageJudgement.Templater.class);
    }
}
