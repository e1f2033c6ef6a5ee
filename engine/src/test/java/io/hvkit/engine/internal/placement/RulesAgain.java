package io.hvkit.engine.internal.placement;

import static io.hvkit.engine.internal.placement.PoolsOfTests.C1;
import static io.hvkit.engine.internal.placement.PoolsOfTests.NOW;
import static io.hvkit.engine.internal.placement.PoolsOfTests.OTHER_ZONE;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.core.ByteSize;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.placement.PoolRejection;
import io.hvkit.engine.placement.PoolRejection.Reason;
import io.hvkit.engine.placement.Ratio;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.engine.placement.VolumeQuery.Sharing;
import io.hvkit.engine.volume.VolumeRequest.Protection;
import io.hvkit.storage.spi.EncryptionSupport;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.storage.spi.PoolTrait;
import io.hvkit.storage.spi.ResolvedPoolType;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** The rules of placement, written a second time: in decimals, and one for each reason. */
final class RulesAgain {

    private RulesAgain() {}

    /** Returns what speaks against a pool. */
    static Set<Reason> broken(RandomPools world, PoolFacts facts) {
        Set<Reason> broken = brokenByRecord(world, facts);
        boolean asked = facts.answer().isPresent() || facts.trouble().isPresent();
        if (!broken.isEmpty() && !asked) {
            return broken;
        }
        facts.trouble().map(PoolRejection::reason).ifPresent(broken::add);
        if (!asked) {
            broken.add(Reason.NOT_ASKED);
        }
        if (facts.pool().seen().state() == Sighting.State.DOWN
                && !(facts.answer().isPresent()
                        && facts.answer().get().at().isAfter(facts.pool().seen().at()))) {
            broken.add(Reason.NOT_UP);
        }
        facts.answer().ifPresent(said -> broken.addAll(brokenByAnswer(world, facts, said)));
        return broken;
    }

    private static Set<Reason> brokenByRecord(RandomPools world, PoolFacts facts) {
        Set<Reason> broken = new LinkedHashSet<>();
        VolumeQuery query = world.query();
        if (query.excluded().contains(facts.pool().id())) {
            broken.add(Reason.EXCLUDED);
        }
        if (users(query.within()).stream().noneMatch(users(facts.pool().reach())::contains)) {
            broken.add(Reason.OUT_OF_REACH);
        }
        boolean parentOff = facts.parent().isPresent()
                && (facts.parent().get().standing() != Standing.ENABLED
                        || facts.pool().membership().orElseThrow().absences() > 0);
        if (facts.pool().standing() != Standing.ENABLED || parentOff) {
            broken.add(Reason.NOT_IN_USE);
        }
        boolean clusterOff = facts.hosts().cluster().isPresent()
                && facts.hosts().cluster().get().policy() == ClusterRecord.Policy.DISABLED;
        boolean hostOff = facts.hosts().host().isPresent()
                && (facts.hosts().host().get().standing() != Standing.ENABLED
                        || facts.hosts().host().get().seen().state() == Sighting.State.DOWN);
        if (clusterOff || hostOff) {
            broken.add(Reason.HOSTS_NOT_IN_USE);
        }
        if (facts.type() instanceof ResolvedPoolType.Unknown) {
            broken.add(Reason.TYPE_ABSENT);
        }
        if (traits(facts).contains(PoolTrait.PARENT)) {
            broken.add(Reason.PARENT_OF_POOLS);
        }
        boolean local = traits(facts).contains(PoolTrait.LOCAL)
                || facts.pool().reach().host().isPresent();
        if (query.sharing() == (local ? Sharing.SHARED : Sharing.LOCAL)) {
            broken.add(Reason.OTHER_SHARING);
        }
        if (!facts.terms().tags().containsAll(query.tags())) {
            broken.add(Reason.LACKS_TAG);
        }
        return broken;
    }

    /** All hosts that can be meant, by name; each cluster has one besides those that are known. */
    private static Set<String> users(Reach reach) {
        if (reach.zone().equals(OTHER_ZONE.id())) {
            return Set.of("elsewhere");
        }
        if (reach.host().isPresent()) {
            return Set.of(reach.host().get().value());
        }
        if (reach.cluster().isPresent()) {
            return reach.cluster().get().equals(C1.id()) ? Set.of("h1", "h2", "c1's") : Set.of("c2's");
        }
        return Set.of("h1", "h2", "c1's", "c2's");
    }

    private static Set<PoolTrait> traits(PoolFacts facts) {
        if (facts.answer().isPresent()) {
            return facts.answer().get().type().traits();
        }
        return facts.type() instanceof ResolvedPoolType.Known known
                ? known.type().traits()
                : Set.of();
    }

    private static Set<Reason> brokenByAnswer(RandomPools world, PoolFacts facts, PoolAnswer said) {
        Set<Reason> broken = new LinkedHashSet<>();
        if (Duration.between(said.at(), NOW).compareTo(world.policy().freshFor()) > 0) {
            broken.add(Reason.STALE);
        }
        layout(world.query(), said).ifPresent(broken::add);
        BigDecimal taken = number(said.taken().orElse(world.query().size()));
        BigDecimal limit = promisable(facts).multiply(number(world.policy().allocated()));
        if (promised(facts).add(taken).compareTo(limit) > 0) {
            broken.add(Reason.NO_ROOM);
        }
        BigDecimal usable = number(said.statistics().capacity())
                .multiply(number(world.policy().used()));
        if (traits(facts).contains(PoolTrait.OVERPROVISIONS)
                && number(said.statistics().used()).compareTo(usable) > 0) {
            broken.add(Reason.TOO_FULL);
        }
        return broken;
    }

    private static Optional<Reason> layout(VolumeQuery query, PoolAnswer said) {
        boolean encrypted = query.protection() == Protection.ENCRYPTED;
        if (encrypted && said.encryption() instanceof EncryptionSupport.None) {
            return Optional.of(Reason.NO_ENCRYPTION);
        }
        boolean possible;
        if (encrypted && said.encryption() instanceof EncryptionSupport.HypervisorLuks luks) {
            ImageFormat inside = query.format() == ImageFormat.RAW ? ImageFormat.LUKS : query.format();
            possible = luks.versions().containsKey(inside);
        } else {
            possible = said.formats().contains(query.format()) && query.format() != ImageFormat.LUKS;
        }
        return possible ? Optional.empty() : Optional.of(Reason.NO_SUCH_FORMAT);
    }

    static BigDecimal promised(PoolFacts facts) {
        PoolStatistics statistics = facts.answer().orElseThrow().statistics();
        BigDecimal provisioned = number(statistics.provisioned());
        BigDecimal there = traits(facts).contains(PoolTrait.OVERPROVISIONS)
                ? provisioned
                : provisioned.max(number(statistics.used()));
        return there.add(number(facts.load().expected()));
    }

    static BigDecimal promisable(PoolFacts facts) {
        BigDecimal capacity = number(facts.answer().orElseThrow().statistics().capacity());
        return traits(facts).contains(PoolTrait.OVERPROVISIONS)
                ? capacity.multiply(number(facts.terms().overcommit()))
                : capacity;
    }

    private static BigDecimal number(ByteSize size) {
        return BigDecimal.valueOf(size.bytes());
    }

    private static BigDecimal number(Ratio ratio) {
        return new BigDecimal(ratio.toString());
    }
}
