// What an operator must hear of without looking. docs/operate.md says what each means.
param location string
param tags object
param insightsId string
param email string
param mailService string

var active = 'sspr.tenants.active'
var fresh = 'sspr.tenants.fresh'

// A rule looks back over two days at most. Of an app that has been silent for longer it finds nothing, so an alert that
// resolves by itself would then say that all is well. These do not resolve; they are repeated once a day instead.
var neverResolved = ['app-silent']

var rulesOfAll = [
  {
    name: 'app-silent'
    says: 'The app, which had measured its tenants within the last two days, has said nothing for an hour.'
    severity: 1
    every: 'PT1H'
    within: 'P2D'
    query: 'customMetrics | where name == "${fresh}" | summarize latest = max(timestamp) | where latest < ago(1h)'
  }
  {
    name: 'no-fresh-snapshot'
    says: 'For an hour no tenant had a fresh snapshot, of those that had one before.'
    severity: 1
    every: 'PT15M'
    within: 'PT1H'
    query: 'customMetrics | where name in ("${active}", "${fresh}") | summarize active = minif(value, name == "${active}"), fresh = maxif(value, name == "${fresh}") | where active > 0 and fresh == 0'
  }
  {
    name: 'fewer-fresh-snapshots'
    says: 'A fifth fewer tenants have a fresh snapshot than at the best time of the last two days, and tenants who left do not explain it.'
    severity: 2
    every: 'PT1H'
    within: 'P2D'
    query: 'customMetrics | where name in ("${active}", "${fresh}") | summarize best = maxif(value, name == "${fresh}"), arg_max(timestamp, value) by name | summarize best = max(best), active = maxif(value, name == "${active}"), fresh = maxif(value, name == "${fresh}") | where fresh < 0.8 * best and fresh < 0.8 * active'
  }
  {
    name: 'removals-held-back'
    says: 'Discovery holds back the removal of suspiciously many tenants until an operator has looked.'
    severity: 2
    every: 'PT1H'
    within: 'PT1H'
    query: 'customMetrics | where name == "sspr.tenants.held_back" | summarize arg_max(timestamp, value) | where value > 0'
  }
  {
    name: 'poison-messages'
    says: 'A message failed ten times and was set aside.'
    severity: 2
    every: 'PT15M'
    within: 'PT1H'
    query: 'customMetrics | where name == "sspr.poison.messages" | summarize found = sum(valueSum) | where found > 0'
  }
  {
    name: 'queue-stands-still'
    says: 'A message has waited for half an hour though it could have been taken.'
    severity: 2
    every: 'PT15M'
    within: 'PT30M'
    query: 'customMetrics | where name == "sspr.queue.age" | extend queue = tostring(customDimensions.queue) | summarize arg_max(timestamp, value) by queue | where value > 1800'
  }
  {
    name: 'credential-failure'
    says: 'Entra or the mail service refuses the app itself, or a sender of its emails: nothing is read, or emails wait.'
    severity: 1
    every: 'PT15M'
    within: 'PT1H'
    query: 'customMetrics | where name == "sspr.credential.failures" | summarize found = sum(valueSum) | where found > 0'
  }
]

var rulesOfMail = [
  {
    name: 'many-bounces'
    says: 'More than one email in twenty bounced within a day: senders with many bounces are blocked.'
    severity: 2
    every: 'PT1H'
    within: 'P1D'
    query: 'customMetrics | where name in ("sspr.mails.accepted", "sspr.mails.bounced") | summarize accepted = sumif(valueSum, name == "sspr.mails.accepted"), bounced = sumif(valueSum, name == "sspr.mails.bounced") | where accepted >= 20 and bounced > 0.05 * accepted'
  }
]

var rules = concat(rulesOfAll, mailService == 'none' ? [] : rulesOfMail)

resource operators 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: 'ag-sspr'
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'sspr'
    emailReceivers: [{ name: 'operators', emailAddress: email, useCommonAlertSchema: true }]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for rule in rules: {
  name: 'sspr-${rule.name}'
  location: location
  tags: tags
  kind: 'LogAlert'
  properties: {
    displayName: 'sspr-manager: ${rule.name}'
    description: rule.says
    severity: rule.severity
    enabled: true
    scopes: [insightsId]
    evaluationFrequency: rule.every
    windowSize: rule.within
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    autoMitigate: !contains(neverResolved, rule.name)
    muteActionsDuration: contains(neverResolved, rule.name) ? 'P1D' : null
    skipQueryValidation: true // the metrics are unknown until the app has run
    actions: { actionGroups: empty(email) ? [] : [operators.id] }
  }
}]
