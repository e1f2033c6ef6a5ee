package io.hvkit.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;

@AnalyzeClasses(packages = "io.hvkit.engine", importOptions = ImportOption.DoNotIncludeTests.class)
class EngineArchitectureTest {

    @ArchTest
    static final ArchRule theEngineKnowsTheSpisAndNoDriver = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "jdk.jfr..",
                    "javax.crypto..",
                    "io.hvkit.core..",
                    "io.hvkit.hypervisor.spi..",
                    "io.hvkit.storage.spi..",
                    "io.hvkit.catalog.spi..",
                    "io.hvkit.engine..",
                    "org.jspecify..",
                    "org.slf4j..");

    @ArchTest
    static final ArchRule publicMethodsTakeNoBooleans = noMethods()
            .that()
            .arePublic()
            .should()
            .haveRawParameterTypes(DescribedPredicate.describe(
                    "with a boolean", types -> types.stream().anyMatch(type -> type.isEquivalentTo(boolean.class))))
            .because("a boolean argument says nothing where it is passed; use an enum or another method");

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            SlicesRuleDefinition.slices().matching("io.hvkit.(**)").should().beFreeOfCycles();
}
