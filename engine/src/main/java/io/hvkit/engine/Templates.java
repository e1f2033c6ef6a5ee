package io.hvkit.engine;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.TemplateCopyRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Incubating;
import io.hvkit.engine.internal.operation.Operations;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.snapshot.CaptureSnapshotProcedure;
import io.hvkit.engine.internal.snapshot.CapturedSnapshot;
import io.hvkit.engine.internal.template.CapturedVolume;
import io.hvkit.engine.internal.template.CopiesWork;
import io.hvkit.engine.internal.template.LoadRequest;
import io.hvkit.engine.internal.template.TemplateProcedures;
import io.hvkit.engine.internal.template.WantedTemplate;
import io.hvkit.engine.job.Job;
import io.hvkit.engine.template.Adoption;
import io.hvkit.engine.template.CaptureRequest;
import io.hvkit.engine.template.FoundCopy;
import io.hvkit.engine.template.TemplateRequest;
import io.hvkit.engine.volume.VolumeRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The templates of an installation. A template is what it holds, which never changes: the digest of its image, its format and its size. Where
 * its bytes are, its copies say, one at most in each pool. Everything that changes one is a {@link Job}, as with {@link Volumes}. Any number of
 * threads may share one.
 */
@Incubating(since = "0.1")
public final class Templates {

    private record Desk(
            Catalog catalog,
            TemplateProcedures procedures,
            CaptureSnapshotProcedure captureSnapshot,
            Operations operations) {}

    /** Something that is begun. */
    private interface Beginning<R> {
        Job<R> begin() throws InterruptedException;
    }

    private final Desk desk;
    private final Optional<String> key;

    private Templates(Desk desk, Optional<String> key) {
        this.desk = desk;
        this.key = key;
    }

    static Templates on(
            Catalog catalog,
            TemplateProcedures procedures,
            CaptureSnapshotProcedure captureSnapshot,
            Operations operations) {
        return new Templates(new Desk(catalog, procedures, captureSnapshot, operations), Optional.empty());
    }

    /** Returns these templates, with the next operation begun under an idempotency key, as {@link Volumes#under} says. */
    public Templates under(String idempotencyKey) {
        return new Templates(desk, Optional.of(idempotencyKey));
    }

    /** Returns a template, if there is one of that id. */
    public Optional<TemplateRecord> find(RecordId<TemplateRecord> id) throws InterruptedException {
        return desk.catalog.inTransaction(transaction -> transaction.templates().find(id));
    }

    /** Returns the template of that name, if there is one. */
    public Optional<TemplateRecord> named(String name) throws InterruptedException {
        return desk.catalog.inTransaction(
                transaction -> transaction.templates().where(TemplateRecord.NAME, name).stream()
                        .findAny());
    }

    /**
     * Returns templates ordered by id, so that one page after the other has them all.
     *
     * @param after the last id of the page before; nothing for the first page
     * @param limit how many at most, 1 to {@link Table#LONGEST_PAGE}
     */
    public List<TemplateRecord> page(Optional<RecordId<TemplateRecord>> after, int limit) throws InterruptedException {
        return desk.catalog.inTransaction(transaction -> transaction.templates().page(after, limit));
    }

    /** Returns the copies of a template, whatever their state. */
    public List<TemplateCopyRecord> copies(RecordId<TemplateRecord> template) throws InterruptedException {
        return desk.catalog.inTransaction(
                transaction -> transaction.templateCopies().where(TemplateCopyRecord.TEMPLATE, template));
    }

    /**
     * Makes a template known, and fetches nothing yet. An equal one that is known is the result, whoever registered it, be it another engine at
     * the same moment.
     *
     * <p>Fails with {@code EXISTS_DIFFERENTLY} if the name is one of another content or source, or if the same image is known in another
     * format or size.
     */
    public Job<TemplateRecord> register(TemplateRequest request) throws InterruptedException {
        return begin(desk.procedures.register(), request);
    }

    /**
     * Brings a template to a pool: a host of this machine that reaches the pool fetches its image, and the pool keeps it once its digest was
     * seen to be right and the pool has inspected it. A copy that is there is the result; one that somebody is bringing there is waited for by
     * the job that this returns.
     *
     * <table>
     * <caption>How it fails; nothing is left behind</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>the pool keeps no templates, or not in its format; no host can fetch; there is no staging folder</td><td>{@code
     *     UNSUPPORTED}</td></tr>
     * <tr><td>it has no source</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>the image does not have the digest, or a disk of another size than was said or seen before</td><td>{@code
     *     CORRUPT_DATA}</td></tr>
     * <tr><td>the image names other files, is encrypted, or of another format</td><td>{@code INVALID_REQUEST}, naming each finding</td></tr>
     * <tr><td>the pool takes nothing new, or is full</td><td>{@code EXHAUSTED}</td></tr>
     * </table>
     */
    public Job<TemplateCopyRecord> download(RecordId<TemplateRecord> template, RecordId<PoolRecord> pool)
            throws InterruptedException {
        return joined(new LoadRequest(template, pool, Optional.empty()));
    }

    /**
     * Brings a template to a pool, from an image on this machine that nobody writes to meanwhile; else it does the same as {@link #download}.
     *
     * @param image an absolute path
     */
    public Job<TemplateCopyRecord> upload(RecordId<TemplateRecord> template, RecordId<PoolRecord> pool, Path image)
            throws InterruptedException {
        if (!image.isAbsolute()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("an image needs an absolute path, not '%s'", image);
        }
        return joined(new LoadRequest(template, pool, Optional.of(image)));
    }

    /**
     * Makes a template of a volume with which no machine runs, or of a snapshot: another copy of its bytes, in any pool that a host reaches
     * together with where those are. One of something encrypted is encrypted, under a key of its own; unless somebody decides that it may lie
     * in clear. A snapshot may be deleted meanwhile, and its volume may run or be gone; its layers stay until the template is whole.
     *
     * <table>
     * <caption>How it fails; nothing is left behind, and a key that was made is retired</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>a machine runs with the volume, or it is not {@code READY}</td><td>{@code IN_USE}</td></tr>
     * <tr><td>there is no such volume, snapshot or pool, or no copy of the snapshot is left</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the snapshot is being taken</td><td>{@code OPERATION_PENDING}</td></tr>
     * <tr><td>the snapshot is deleted</td><td>{@code INVALID_REQUEST}</td></tr>
     * <tr><td>all copies of the snapshot are damaged, or what was read is not what was written</td><td>{@code CORRUPT_DATA}</td></tr>
     * <tr><td>what it is made of is encrypted, and the pool encrypts nothing</td><td>{@code UNSUPPORTED}, naming the ways out</td></tr>
     * <tr><td>there is a template of that name</td><td>{@code EXISTS_DIFFERENTLY}</td></tr>
     * <tr><td>no host can copy it</td><td>{@code EXHAUSTED} or {@code HOST_NOT_READY}, naming what speaks against each</td></tr>
     * </table>
     */
    public Job<TemplateRecord> capture(CaptureRequest request) throws InterruptedException {
        WantedTemplate wanted = WantedTemplate.of(request);
        Beginning<TemplateRecord> work = request.source()
                .match(
                        of -> () -> begin(desk.procedures.capture(), new CapturedVolume(of.volume(), wanted)),
                        of -> () -> begin(desk.captureSnapshot, new CapturedSnapshot(of.snapshot(), wanted)));
        return work.begin();
    }

    /**
     * Makes a volume that begins with what is on a template; behind its end it is as a blank one. It is {@code READY} once it is filled. If its
     * pool has the template, in clear, the pool copies; else a host does, from the copy in the same pool or another one of the zone, and while
     * it does nobody else reads that copy: who comes second is refused with {@code OPERATION_PENDING}.
     *
     * <table>
     * <caption>How it fails, besides {@link Volumes#create}; nothing is left behind</caption>
     * <tr><th>when</th><th>failure</th></tr>
     * <tr><td>no pool of the zone has the template</td><td>{@code NOT_FOUND}</td></tr>
     * <tr><td>the volume would be smaller than the template, or plain while the template is encrypted</td><td>{@code
     *     INVALID_REQUEST}</td></tr>
     * </table>
     *
     * @param volume what is to be made, as if it were blank
     */
    public Job<VolumeRecord> newVolume(RecordId<TemplateRecord> template, VolumeRequest volume)
            throws InterruptedException {
        return begin(desk.procedures.volume(), desk.procedures.plan(template, volume));
    }

    /**
     * Keeps plain templates that another system has left in pools, and merges what its records tell of several times: of each template there is
     * one copy in each pool afterwards, as large as the pool says. The others are left as they are, each with the reason; nothing is deleted.
     * Doing it again changes nothing, so it repairs what was half done. Whoever tells of a copy says that it may be trusted.
     *
     * @param found what there may be, the best of each pool first
     */
    public Job<Adoption> adopt(List<FoundCopy> found) throws InterruptedException {
        return begin(desk.procedures.adopt(), List.copyOf(found));
    }

    /**
     * Removes a template from every pool, and forgets it; its key is retired. Volumes that were made of it stay. Hosts from which a copy could not
     * be taken when they had read it have it no more, as {@link #tidy} says.
     *
     * <p>Fails with {@code OPERATION_PENDING} while it is being brought somewhere or read by a host, and with {@code IN_USE} if a pool says
     * so; what is not removed by then stays.
     */
    public Job<RecordId<TemplateRecord>> delete(RecordId<TemplateRecord> template) throws InterruptedException {
        return begin(
                desk.procedures.delete(),
                desk.catalog.inTransaction(transaction -> CopiesWork.on(transaction, template)));
    }

    /**
     * Takes a template from hosts that read it or wrote it for operations that have ended, and from which it could not be taken then, as the
     * leftovers of these said. What hosts that the inventory does not know have stays with them. Does nothing if there is none of that.
     *
     * <p>Fails with {@code OPERATION_PENDING} while it is being brought somewhere or read by a host. Where a pool does not answer it fails as that
     * says; asked again, it goes on.
     */
    public Job<RecordId<TemplateRecord>> tidy(RecordId<TemplateRecord> template) throws InterruptedException {
        return begin(
                desk.procedures.tidy(),
                desk.catalog.inTransaction(transaction -> CopiesWork.on(transaction, template)));
    }

    /** Begins to bring a template to a pool, or finds the job of whoever does. */
    private Job<TemplateCopyRecord> joined(LoadRequest request) throws InterruptedException {
        try {
            return begin(desk.procedures.load(), request);
        } catch (DriverException e) {
            if (e.failure() == Failure.OPERATION_PENDING && key.isEmpty()) {
                Facts facts = desk.procedures.load().facts(request);
                Optional<OperationRecord> other = desk.operations.open().stream()
                        .filter(known ->
                                known.kind().equals(desk.procedures.load().kind())
                                        && known.request().equals(facts))
                        .findAny();
                if (other.isPresent()) {
                    return desk.operations.begin(
                            desk.procedures.load(), request, other.get().idempotencyKey());
                }
            }
            throw e;
        }
    }

    private <Q, R> Job<R> begin(Procedure<Q, R> procedure, Q request) throws InterruptedException {
        return desk.operations.begin(
                procedure, request, key.orElseGet(() -> UUID.randomUUID().toString()));
    }
}
