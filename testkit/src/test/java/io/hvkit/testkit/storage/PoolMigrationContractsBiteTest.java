package io.hvkit.testkit.storage;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.PoolMigration;
import io.hvkit.storage.spi.PoolMigrationJob;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.params.provider.Arguments;

/** Moves to other pools with one fault each: the contract must find it, by the case that is about it. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PoolMigrationContractsBiteTest extends StorageFaults {

    static Stream<Arguments> faults() {
        return Stream.of(moving(), losing()).flatMap(each -> each);
    }

    private static Stream<Arguments> moving() {
        return Stream.of(
                fault(
                        StorageJudgement.Mover.class,
                        "an_equal_request_confirms_the_move",
                        real -> new Moves(real) {
                            @Override
                            public PoolMigrationJob start(VolumeId volume, StoragePool target)
                                    throws InterruptedException {
                                if (real.find(volume).isEmpty()) {
                                    throw DriverException.because(Failure.NOT_FOUND)
                                            .message("no volume %s", volume);
                                }
                                return super.start(volume, target);
                            }
                        }.of(real)),
                fault(
                        StorageJudgement.Mover.class,
                        "a_move_rests_is_found_by_others_and_goes_on",
                        real -> new Moves(real) {
                            @Override
                            public Optional<PoolMigrationJob> find(VolumeId volume) {
                                return Optional.empty();
                            }
                        }.of(real)));
    }

    private static Stream<Arguments> losing() {
        return Stream.of(
                fault(
                        StorageJudgement.Loser.class,
                        "a_volume_whose_making_got_lost_is_found_by_its_name_and_made_once",
                        real ->
                                new PoolRelay(real) { // surely nothing was done
                                    @Override
                                    public Volume create(CreateVolume request) throws InterruptedException {
                                        try {
                                            return super.create(request);
                                        } catch (DriverException e) {
                                            throw DriverException.because(e.failure())
                                                    .effect(Effect.NOT_APPLIED)
                                                    .message("not made");
                                        }
                                    }
                                }),
                fault(
                        StorageJudgement.Loser.class,
                        "a_question_is_unreachable_and_did_nothing",
                        real ->
                                new PoolRelay(real) { // no answer is taken for none
                                    @Override
                                    public Set<VolumeUse> uses(VolumeId id) throws InterruptedException {
                                        try {
                                            return super.uses(id);
                                        } catch (DriverException e) {
                                            return Set.of();
                                        }
                                    }
                                }));
    }

    /** Does one thing of moves wrong. */
    private static class Moves implements PoolMigration {

        private final PoolMigration migration;

        Moves(StoragePool real) {
            this.migration = real.migration().orElseThrow();
        }

        StoragePool of(StoragePool real) {
            return new PoolRelay(real) {
                @Override
                public Optional<PoolMigration> migration() {
                    return Optional.of(Moves.this);
                }
            };
        }

        @Override
        public boolean reaches(StoragePool target) {
            return migration.reaches(target instanceof PoolRelay relay ? relay.real : target);
        }

        @Override
        public PoolMigrationJob start(VolumeId volume, StoragePool target) throws InterruptedException {
            return migration.start(volume, target instanceof PoolRelay relay ? relay.real : target);
        }

        @Override
        public Optional<PoolMigrationJob> find(VolumeId volume) throws InterruptedException {
            return migration.find(volume);
        }
    }

    @Override
    List<Class<? extends StorageCases>> contracts() {
        return List.of(StorageJudgement.Mover.class, StorageJudgement.Loser.class);
    }
}
