import { distinct, InputError, type Problem } from '../../problem.ts'
import { withoutRepeats } from '../merge.ts'
import { placeOf } from '../node.ts'
import type { ComposeProject } from '../project.ts'
import { type Model, readModel } from './context.ts'
import { checkCycles } from './cycles.ts'
import { PROJECT } from './project-shape.ts'
import type { Report } from './report.ts'
import { checkResources } from './resources.ts'
import { checkNames, RULES } from './rules.ts'
import { ServiceFiles } from './service-files.ts'
import { ShapeCheck } from './shape-check.ts'

/**
 * Throws InputError with what `docker compose config` refuses in a project that could be loaded: required variables
 * without value, keys and values that it does not know, services that ask for what is not there, and env files that
 * are missing or broken. Of services outside of the profiles less is asked.
 */
export function refuseStrictly(project: ComposeProject, profiles: readonly string[] | null): void {
  const problems = [...project.warnings, ...strictProblems(project, profiles)]
  if (problems.length > 0) throw new InputError(distinct(problems))
}

/** The same but for the variables. */
export function strictProblems(
  project: ComposeProject,
  profiles: readonly string[] | null,
): readonly Problem[] {
  const problems: Problem[] = []
  const report: Report = (node, where, what, cure) => problems.push({ at: placeOf(node), where, what, cure })
  const shapes = new ShapeCheck(report)
  for (const stage of project.stages) shapes.check(withoutRepeats(stage), PROJECT, '')
  const model = readModel(project, profiles)
  checkModel(model, report)
  const files = new ServiceFiles(project.model.source.lookup, project.disk, problems, report)
  for (const service of model.enabled.values()) files.check(service)
  return problems
}

function checkModel(model: Model, report: Report): void {
  checkResources(model, report)
  for (const service of model.enabled.values()) for (const rule of RULES) rule(service, model, report)
  checkNames(model, report)
  checkCycles(model, report)
}
