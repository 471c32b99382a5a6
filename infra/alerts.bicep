// What an operator must hear of without looking. docs/operate.md says what each means.
param location string
param tags object
param insightsId string
param email string

var fresh = 'sspr.tenants.fresh'
var expected = 'sspr.tenants.expected'

var rules = [
  {
    name: 'no-fresh-snapshot'
    says: 'No tenant has a fresh snapshot, or the app has said nothing for an hour.'
    severity: 1
    every: 'PT15M'
    within: 'PT1H'
    query: 'customMetrics | where name in ("${fresh}", "${expected}") | summarize heard = count(), fresh = maxif(value, name == "${fresh}"), expected = maxif(value, name == "${expected}") | where heard == 0 or (expected > 0 and fresh == 0)'
  }
  {
    name: 'fewer-fresh-snapshots'
    says: 'A fifth fewer tenants have a fresh snapshot than at the best time of the last two days.'
    severity: 2
    every: 'PT1H'
    within: 'P2D'
    query: 'customMetrics | where name == "${fresh}" | summarize best = max(value), latest = arg_max(timestamp, value) | where value < 0.8 * best'
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
    name: 'many-bounces'
    says: 'More than one email in twenty bounced within a day: senders with many bounces are blocked.'
    severity: 2
    every: 'PT1H'
    within: 'P1D'
    query: 'customMetrics | where name in ("sspr.mails.accepted", "sspr.mails.bounced") | summarize accepted = sumif(valueSum, name == "sspr.mails.accepted"), bounced = sumif(valueSum, name == "sspr.mails.bounced") | where accepted >= 20 and bounced > 0.05 * accepted'
  }
  {
    name: 'credential-failure'
    says: 'Entra or the mail service refuses the app itself: nothing is read, or nothing is sent.'
    severity: 1
    every: 'PT15M'
    within: 'PT1H'
    query: 'customMetrics | where name == "sspr.credential.failures" | summarize found = sum(valueSum) | where found > 0'
  }
]

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
    autoMitigate: true
    skipQueryValidation: true // the metrics are unknown until the app has run
    actions: { actionGroups: empty(email) ? [] : [operators.id] }
  }
}]
